"""Contracts of orders with their signatures, frozen once drafted; claims of interest on late payment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
OPEN = sa.text("state IN ('drafted', 'sent', 'signed_by_one')")
STANDING = sa.text("kind = 'contract' AND state <> 'void'")


def upgrade() -> None:
    contract()
    signature()
    interest_claim()
    op.execute("""
        CREATE FUNCTION orders.refuse_contract_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND (NEW.number, NEW.order_id, NEW.kind, NEW.supplements_id, NEW.contract_days,
                    NEW.inspection_days, NEW.content, NEW.content_sha256, NEW.drafted_at)
                IS NOT DISTINCT FROM (OLD.number, OLD.order_id, OLD.kind, OLD.supplements_id, OLD.contract_days,
                    OLD.inspection_days, OLD.content, OLD.content_sha256, OLD.drafted_at)
                AND (OLD.document_sha256 IS NULL OR NEW.document_sha256 = OLD.document_sha256)
                AND (OLD.state NOT IN ('signed', 'void')
                    OR to_jsonb(NEW) - 'private_enc' = to_jsonb(OLD) - 'private_enc')
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'a contract never changes: % refused', TG_OP USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("""
        CREATE FUNCTION orders.refuse_signature_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND OLD.state = 'uploaded' AND (NEW.contract_id, NEW.side, NEW.form, NEW.file_id,
                    NEW.file_sha256, NEW.uploaded_by_person, NEW.uploaded_at)
                IS NOT DISTINCT FROM (OLD.contract_id, OLD.side, OLD.form, OLD.file_id,
                    OLD.file_sha256, OLD.uploaded_by_person, OLD.uploaded_at)
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'a signature never changes: % refused', TG_OP USING ERRCODE = 'restrict_violation';
        END $$
    """)
    for table in ("contract", "signature"):
        name = "contract" if table == "contract" else "contract_signature"
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON orders.{name}
            FOR EACH ROW EXECUTE FUNCTION orders.refuse_{table}_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON orders.{name}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON orders.{name} TO sanzhuan_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON payments.interest_claim TO sanzhuan_app")


def contract() -> None:
    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("supplements_id", sa.Uuid(), nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("contract_days", sa.SmallInteger(), nullable=True),
        sa.Column("inspection_days", sa.SmallInteger(), nullable=True),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("private_enc", sa.LargeBinary(), nullable=True),
        sa.Column("document_file_id", sa.Uuid(), nullable=True),
        sa.Column("document_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("signed_at", INSTANT, nullable=True),
        sa.Column("voided_at", INSTANT, nullable=True),
        sa.Column("void_reason", TEXT, nullable=True),
        sa.CheckConstraint("kind IN ('contract', 'supplement')", name=op.f("ck_contract_kind")),
        sa.CheckConstraint(
            "(kind = 'supplement') = (supplements_id IS NOT NULL)", name=op.f("ck_contract_supplements")
        ),
        sa.CheckConstraint("contract_days >= 0 AND inspection_days >= 0", name=op.f("ck_contract_days")),
        sa.CheckConstraint(
            "(document_file_id IS NULL) = (document_sha256 IS NULL)", name=op.f("ck_contract_document")
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'signed_by_one', 'signed') OR sent_at IS NOT NULL",
            name=op.f("ck_contract_sent"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.sales_order.id"], name=op.f("fk_contract_order_id")),
        sa.ForeignKeyConstraint(
            ["supplements_id"], ["orders.contract.id"], name=op.f("fk_contract_supplements_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_file_id"], ["core.stored_file.id"], name=op.f("fk_contract_document_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("number", name=op.f("uq_contract_number")),
        schema="orders",
    )
    op.create_index(op.f("ix_contract_order_id"), "contract", ["order_id"], schema="orders")
    op.create_index(
        "uq_contract_of_order", "contract", ["order_id"], unique=True, schema="orders", postgresql_where=STANDING
    )
    op.create_index(
        "uq_contract_open", "contract", ["order_id"], unique=True, schema="orders", postgresql_where=OPEN
    )


def signature() -> None:
    op.create_table(
        "contract_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("side", TEXT, nullable=False),
        sa.Column("form", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("signer", TEXT, nullable=False),
        sa.Column("is_our_paper", sa.Boolean(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_by_person", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_by_person", sa.Uuid(), nullable=True),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.Column("opinion", TEXT, nullable=True),
        sa.CheckConstraint("side IN ('buyer', 'seller')", name=op.f("ck_contract_signature_side")),
        sa.CheckConstraint(
            "form IN ('ca_signature', 'stamped_scan')", name=op.f("ck_contract_signature_form")
        ),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checked', 'refused')", name=op.f("ck_contract_signature_state")
        ),
        sa.CheckConstraint(
            "(state = 'uploaded') = (checked_at IS NULL) AND (state = 'uploaded') = (checked_by_person IS NULL)",
            name=op.f("ck_contract_signature_checked"),
        ),
        sa.CheckConstraint(
            "checked_by_person <> uploaded_by_person", name=op.f("ck_contract_signature_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["orders.contract.id"], name=op.f("fk_contract_signature_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["core.stored_file.id"], name=op.f("fk_contract_signature_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_signature")),
        schema="orders",
    )
    op.create_index(
        "uq_contract_signature_side",
        "contract_signature",
        ["contract_id", "side"],
        unique=True,
        schema="orders",
        postgresql_where=sa.text("state <> 'refused'"),
    )


def interest_claim() -> None:
    op.create_table(
        "interest_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", INSTANT, nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_interest_claim_amount")),
        sa.CheckConstraint("until > due_on", name=op.f("ck_interest_claim_days")),
        sa.CheckConstraint(
            "state IN ('claimed', 'received', 'waived')", name=op.f("ck_interest_claim_state")
        ),
        sa.CheckConstraint(
            "(state = 'received') = (reference IS NOT NULL)", name=op.f("ck_interest_claim_reference")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.sales_order.id"], name=op.f("fk_interest_claim_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_claim")),
        sa.UniqueConstraint("number", name=op.f("uq_interest_claim_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_interest_claim_reference")),
        schema="payments",
    )
    op.create_index(op.f("ix_interest_claim_order_id"), "interest_claim", ["order_id"], schema="payments")
    op.create_index(
        "uq_interest_claim_open",
        "interest_claim",
        ["order_id"],
        unique=True,
        schema="payments",
        postgresql_where=sa.text("state = 'claimed'"),
    )


def downgrade() -> None:
    op.drop_table("interest_claim", schema="payments")
    op.drop_table("contract_signature", schema="orders")
    op.drop_table("contract", schema="orders")
    op.execute("DROP FUNCTION orders.refuse_signature_change()")
    op.execute("DROP FUNCTION orders.refuse_contract_change()")
