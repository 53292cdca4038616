"""Invoices with red letters, files and declarations; orders moved from one budget unit to another."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
FEN = sa.BigInteger
ORDER, ORGANISATION = "orders.sales_order", "accounts.organisation"
# Columns that may change after a row was written.
MUTABLE = {
    "invoice": ("red_fen", "declared_fen", "check_state", "check_opinion", "checked_by", "checked_at"),
    "invoice_line": ("red_fen", "red_tax_fen"),
}


def column(name: str, kind: sa.types.TypeEngine, nullable: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=nullable)


def refers(table: str, name: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_{table}_{name}"))


def upgrade() -> None:
    _orders()
    _requests()
    _invoices()
    _beside_invoices()
    _reattributions()
    _guards()


def _orders() -> None:
    """An order that was noted as invoiced, without a number then, keeps that: what it was worth stands as invoiced."""
    for name in ("invoiced_fen", "red_fen"):
        op.add_column("sales_order", sa.Column(name, FEN(), nullable=False, server_default="0"), schema="orders")
    op.execute("""
        UPDATE orders.sales_order SET invoiced_fen = total_fen - deducted_fen WHERE invoice_state = 'issued'
    """)
    for name in ("invoiced_fen", "red_fen"):
        op.alter_column("sales_order", name, server_default=None, schema="orders")
    op.create_check_constraint(
        op.f("ck_sales_order_invoiced"), "sales_order",
        "red_fen BETWEEN 0 AND invoiced_fen AND invoiced_fen - red_fen <= total_fen", schema="orders",
    )


def _requests() -> None:
    op.create_table(
        "invoice_request",
        column("id", sa.Uuid()),
        column("number", TEXT),
        column("buyer_id", sa.Uuid()),
        column("seller_id", sa.Uuid()),
        column("kind", TEXT),
        column("title", TEXT),
        column("tax_number", TEXT, True),
        column("state", TEXT),
        column("reason", TEXT, True),
        column("requested_by", sa.Uuid(), True),
        column("requested_at", INSTANT),
        column("closed_at", INSTANT, True),
        column("is_demo", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_request")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_request_number")),
        refers("invoice_request", "buyer_id", ORGANISATION),
        refers("invoice_request", "seller_id", ORGANISATION),
        sa.CheckConstraint(
            "state IN ('requested', 'issued', 'refused', 'withdrawn')", name=op.f("ck_invoice_request_state")
        ),
        schema="payments",
    )
    for name in ("buyer_id", "seller_id"):
        op.create_index(op.f(f"ix_invoice_request_{name}"), "invoice_request", [name], schema="payments")
    op.create_table(
        "invoice_request_order",
        column("request_id", sa.Uuid()),
        column("order_id", sa.Uuid()),
        column("is_open", sa.Boolean()),
        sa.PrimaryKeyConstraint("request_id", "order_id", name=op.f("pk_invoice_request_order")),
        refers("invoice_request_order", "request_id", "payments.invoice_request"),
        refers("invoice_request_order", "order_id", ORDER),
        schema="payments",
    )
    op.create_index(
        "uq_invoice_request_order_open", "invoice_request_order", ["order_id"], unique=True, schema="payments",
        postgresql_where=sa.text("is_open"),
    )


def _invoices() -> None:
    op.create_table(
        "invoice",
        column("id", sa.Uuid()),
        column("number", TEXT),
        column("color", TEXT),
        column("kind", TEXT),
        column("code", TEXT),
        column("invoice_no", TEXT),
        column("request_id", sa.Uuid(), True),
        column("blue_id", sa.Uuid(), True),
        column("seller_id", sa.Uuid()),
        column("seller_name", TEXT),
        column("seller_tax_number", TEXT),
        column("buyer_id", sa.Uuid()),
        column("title", TEXT),
        column("tax_number", TEXT, True),
        column("total_fen", FEN()),
        column("tax_fen", FEN()),
        column("red_fen", FEN()),
        column("declared_fen", FEN()),
        column("confirmation_no", TEXT, True),
        column("reason", TEXT, True),
        column("issued_at", INSTANT),
        column("issued_by", sa.Uuid(), True),
        column("issued_by_person", sa.Uuid(), True),
        column("recorded_at", INSTANT),
        column("check_state", TEXT),
        column("check_opinion", TEXT, True),
        column("checked_by", sa.Uuid(), True),
        column("checked_at", INSTANT, True),
        column("is_demo", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("code", "invoice_no", name=op.f("uq_invoice_code_invoice_no")),
        refers("invoice", "request_id", "payments.invoice_request"),
        refers("invoice", "blue_id", "payments.invoice"),
        refers("invoice", "seller_id", ORGANISATION),
        refers("invoice", "buyer_id", ORGANISATION),
        sa.CheckConstraint(
            "(color = 'red') = (blue_id IS NOT NULL) AND color IN ('blue', 'red')", name=op.f("ck_invoice_color")
        ),
        sa.CheckConstraint("total_fen > 0 AND tax_fen BETWEEN 0 AND total_fen", name=op.f("ck_invoice_amounts")),
        sa.CheckConstraint("red_fen BETWEEN 0 AND total_fen", name=op.f("ck_invoice_red_within")),
        sa.CheckConstraint(
            "declared_fen BETWEEN 0 AND total_fen - red_fen", name=op.f("ck_invoice_declared_within")
        ),
        sa.CheckConstraint(
            "color = 'blue' OR (red_fen = 0 AND declared_fen = 0)", name=op.f("ck_invoice_red_is_final")
        ),
        sa.CheckConstraint(
            "CASE WHEN kind LIKE 'digital%' THEN code = '' AND invoice_no ~ '^[0-9]{20}$'"
            " ELSE code ~ '^([0-9]{10}|[0-9]{12})$' AND invoice_no ~ '^[0-9]{8}$' END",
            name=op.f("ck_invoice_number_shape"),
        ),
        sa.CheckConstraint(
            "check_state IN ('unchecked', 'accepted', 'refused')", name=op.f("ck_invoice_check_state")
        ),
        schema="payments",
    )
    for name in ("buyer_id", "seller_id", "blue_id"):
        op.create_index(op.f(f"ix_invoice_{name}"), "invoice", [name], schema="payments")


def _beside_invoices() -> None:
    op.create_table(
        "invoice_line",
        column("id", sa.Uuid()),
        column("invoice_id", sa.Uuid()),
        column("line_no", sa.SmallInteger()),
        column("order_id", sa.Uuid()),
        column("order_line_id", sa.Uuid(), True),
        column("blue_line_id", sa.Uuid(), True),
        column("description", TEXT),
        column("spec", TEXT, True),
        column("unit", TEXT, True),
        column("quantity", sa.BigInteger(), True),
        column("tax_treatment", TEXT),
        column("gross_fen", FEN()),
        column("tax_fen", FEN()),
        column("red_fen", FEN()),
        column("red_tax_fen", FEN()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "line_no", name=op.f("uq_invoice_line_invoice_id_line_no")),
        refers("invoice_line", "invoice_id", "payments.invoice"),
        refers("invoice_line", "order_id", ORDER),
        refers("invoice_line", "order_line_id", "orders.order_line"),
        refers("invoice_line", "blue_line_id", "payments.invoice_line"),
        sa.CheckConstraint(
            "gross_fen > 0 AND tax_fen BETWEEN 0 AND gross_fen", name=op.f("ck_invoice_line_amounts")
        ),
        sa.CheckConstraint(
            "red_fen BETWEEN 0 AND gross_fen AND red_tax_fen BETWEEN 0 AND tax_fen", name=op.f("ck_invoice_line_red")
        ),
        schema="payments",
    )
    for name in ("order_id", "order_line_id"):
        op.create_index(op.f(f"ix_invoice_line_{name}"), "invoice_line", [name], schema="payments")
    op.create_table(
        "invoice_file",
        column("invoice_id", sa.Uuid()),
        column("file_id", sa.Uuid()),
        column("attached_by", sa.Uuid(), True),
        column("attached_at", INSTANT),
        sa.PrimaryKeyConstraint("invoice_id", "file_id", name=op.f("pk_invoice_file")),
        refers("invoice_file", "invoice_id", "payments.invoice"),
        refers("invoice_file", "file_id", "core.stored_file"),
        schema="payments",
    )
    op.create_table(
        "invoice_declaration",
        column("id", sa.Uuid()),
        column("invoice_id", sa.Uuid()),
        column("organisation_id", sa.Uuid()),
        column("amount_fen", FEN()),
        column("declared_by", sa.Uuid(), True),
        column("declared_at", INSTANT),
        column("withdrawn_by", sa.Uuid(), True),
        column("withdrawn_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_declaration")),
        refers("invoice_declaration", "invoice_id", "payments.invoice"),
        refers("invoice_declaration", "organisation_id", ORGANISATION),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoice_declaration_amount")),
        schema="payments",
    )
    op.create_index(
        "uq_invoice_declaration_standing", "invoice_declaration", ["invoice_id", "organisation_id"],
        unique=True, schema="payments", postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _reattributions() -> None:
    op.create_table(
        "reattribution",
        column("id", sa.Uuid()),
        column("arrival_id", sa.Uuid()),
        column("number", TEXT),
        column("order_id", sa.Uuid()),
        column("from_unit_id", sa.Uuid()),
        column("from_area", TEXT),
        column("to_unit_id", sa.Uuid()),
        column("to_area", TEXT),
        column("supervisor_id", sa.Uuid(), True),
        column("reason", TEXT),
        column("state", TEXT),
        column("requested_by", sa.Uuid(), True),
        column("requested_by_organisation", sa.Uuid(), True),
        column("requested_at", INSTANT),
        column("ended_at", INSTANT, True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reattribution")),
        sa.UniqueConstraint("number", name=op.f("uq_reattribution_number")),
        sa.UniqueConstraint("arrival_id", name=op.f("uq_reattribution_arrival_id")),
        refers("reattribution", "order_id", ORDER),
        refers("reattribution", "from_unit_id", ORGANISATION),
        refers("reattribution", "to_unit_id", ORGANISATION),
        refers("reattribution", "supervisor_id", ORGANISATION),
        sa.CheckConstraint(
            "state IN ('requested', 'done', 'refused', 'withdrawn')", name=op.f("ck_reattribution_state")
        ),
        sa.CheckConstraint("from_unit_id <> to_unit_id", name=op.f("ck_reattribution_units")),
        schema="orders",
    )
    op.create_index(op.f("ix_reattribution_order_id"), "reattribution", ["order_id"], schema="orders")
    op.create_index(
        "uq_reattribution_open", "reattribution", ["order_id"], unique=True, schema="orders",
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "reattribution_consent",
        column("id", sa.Uuid()),
        column("reattribution_id", sa.Uuid()),
        column("party", TEXT),
        column("agreed", sa.Boolean()),
        column("opinion", TEXT, True),
        column("account_id", sa.Uuid(), True),
        column("person_id", sa.Uuid()),
        column("at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reattribution_consent")),
        refers("reattribution_consent", "reattribution_id", "orders.reattribution"),
        sa.UniqueConstraint(
            "reattribution_id", "party", name=op.f("uq_reattribution_consent_reattribution_id_party")
        ),
        sa.UniqueConstraint(
            "reattribution_id", "person_id", name=op.f("uq_reattribution_consent_reattribution_id_person_id")
        ),
        sa.CheckConstraint(
            "party IN ('old_unit', 'new_unit', 'supervisor')", name=op.f("ck_reattribution_consent_party")
        ),
        schema="orders",
    )


def _guards() -> None:
    """What an invoice says never changes; consents and declarations are kept."""
    for table, names in MUTABLE.items():
        may_change = ", ".join(f"'{name}'" for name in names)
        op.execute(f"""
            CREATE FUNCTION payments.refuse_edit_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY[{may_change}]
                   IS DISTINCT FROM to_jsonb(NEW) - ARRAY[{may_change}] THEN
                    RAISE EXCEPTION 'what an invoice says never changes; a red letter takes it back'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
            END $$
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payments.{table}
            FOR EACH ROW EXECUTE FUNCTION payments.refuse_edit_of_{table}()
        """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON orders.reattribution_consent
        FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
    """)
    for table in ("payments.invoice", "payments.invoice_line", "orders.reattribution_consent"):
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
    op.execute("""
        GRANT SELECT, INSERT, UPDATE ON payments.invoice_request, payments.invoice_request_order, payments.invoice,
            payments.invoice_line, payments.invoice_declaration, orders.reattribution TO sanzhuan_app
    """)
    op.execute("GRANT SELECT, INSERT ON payments.invoice_file, orders.reattribution_consent TO sanzhuan_app")


def downgrade() -> None:
    for table in ("reattribution_consent", "reattribution"):
        op.drop_table(table, schema="orders")
    for table in ("invoice_declaration", "invoice_file", "invoice_line", "invoice"):
        op.drop_table(table, schema="payments")
    for table in MUTABLE:
        op.execute(f"DROP FUNCTION payments.refuse_edit_of_{table}()")
    for table in ("invoice_request_order", "invoice_request"):
        op.drop_table(table, schema="payments")
    op.drop_constraint(op.f("ck_sales_order_invoiced"), "sales_order", schema="orders")
    # Words that an earlier release does not know.
    op.execute("UPDATE orders.sales_order SET invoice_state = 'none' WHERE invoice_state = 'partly_issued'")
    for name in ("red_fen", "invoiced_fen"):
        op.drop_column("sales_order", name, schema="orders")
