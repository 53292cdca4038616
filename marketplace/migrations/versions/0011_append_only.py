"""History cannot be edited, by anybody; the web role owns nothing."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Rows of these tables are written once. Not even the owner may change them without switching a trigger off, which shows.
APPEND_ONLY = (
    "core.audit_record",
    "certification.application_step",
    "certification.certificate_event",
    "catalogue.price_change",
    "catalogue.stock_movement",
    "orders.order_event",
    "beneficiaries.roster_share",
    "beneficiaries.payment_list",
    "beneficiaries.payment_list_row",
    "attribution.entry",
    "attribution.link",
    "attribution.accrual",
    "attribution.agreement_statement",
    "attribution.household_statement",
)
SCHEMAS = (
    "core",
    "accounts",
    "producers",
    "beneficiaries",
    "certification",
    "catalogue",
    "orders",
    "payments",
    "attribution",
    "statistics",
)


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION core.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '%.% is append-only: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("""
        CREATE FUNCTION attribution.refuse_change_of_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'TRUNCATE' OR OLD.state = 'closed' THEN
                RAISE EXCEPTION 'a closed period never changes' USING ERRCODE = 'restrict_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$
    """)
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON attribution.period
        FOR EACH ROW EXECUTE FUNCTION attribution.refuse_change_of_closed_period()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON attribution.period
        FOR EACH STATEMENT EXECUTE FUNCTION attribution.refuse_change_of_closed_period()
    """)
    for schema in SCHEMAS:
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO sanzhuan_app")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO sanzhuan_app")
        op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO sanzhuan_app")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM sanzhuan_app")
    op.execute("GRANT SELECT ON public.alembic_version TO sanzhuan_app")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON public.alembic_version FROM sanzhuan_app")
    for schema in SCHEMAS:
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM sanzhuan_app")
        op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM sanzhuan_app")
        op.execute(f"REVOKE ALL ON SCHEMA {schema} FROM sanzhuan_app")
    for table in (*APPEND_ONLY, "attribution.period"):
        op.execute(f"DROP TRIGGER refuse_change ON {table}")
        op.execute(f"DROP TRIGGER refuse_truncate ON {table}")
    op.execute("DROP FUNCTION attribution.refuse_change_of_closed_period()")
    op.execute("DROP FUNCTION core.refuse_change()")
