"""Handover lists with their steps, and the last days of pairings that were handed over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

TEXT = sa.Text(collation="C")
INSTANT = sa.DateTime(timezone=True)
APPEND_ONLY = ("core.pairing_end", "oversight.handover_step")


def upgrade() -> None:
    op.execute("CREATE SCHEMA oversight")
    op.execute("GRANT USAGE ON SCHEMA oversight TO sanzhuan_app")
    _create_handover()
    op.create_table(
        "handover_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("opinion", TEXT, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["oversight.handover.id"], name=op.f("fk_handover_step_handover_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_step")),
        schema="oversight",
    )
    op.create_index(op.f("ix_handover_step_handover_id"), "handover_step", ["handover_id"], schema="oversight")
    op.create_table(
        "pairing_end",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("helper", TEXT, nullable=False),
        sa.Column("helped", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("handover_number", TEXT, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing_end")),
        sa.UniqueConstraint(
            "helper", "helped", "kind", "valid_from", name=op.f("uq_pairing_end_helper_helped_kind_valid_from")
        ),
        schema="core",
    )
    for table in APPEND_ONLY:
        op.execute(f"""
            CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"""
            CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change()
        """)
        op.execute(f"GRANT SELECT, INSERT ON {table} TO sanzhuan_app")


def _create_handover() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("role", TEXT, nullable=True),
        sa.Column("holder_account_id", sa.Uuid(), nullable=True),
        sa.Column("holder_person_id", sa.Uuid(), nullable=True),
        sa.Column("pairing", TEXT, nullable=True),
        sa.Column("helper_area", TEXT, nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("area_code", TEXT, nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("successor_account_id", sa.Uuid(), nullable=True),
        sa.Column("successor_person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_person", sa.Uuid(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("decided_by_person", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("opinion", TEXT, nullable=True),
        sa.CheckConstraint("subject IN ('role', 'pairing')", name=op.f("ck_handover_subject")),
        sa.CheckConstraint(
            "state IN ('unassigned', 'open', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_handover_state")
        ),
        sa.CheckConstraint("(subject = 'role') = (grant_id IS NOT NULL)", name=op.f("ck_handover_role")),
        sa.CheckConstraint(
            "(subject = 'pairing') = (pairing IS NOT NULL AND last_day IS NOT NULL)",
            name=op.f("ck_handover_pairing"),
        ),
        sa.CheckConstraint(
            "(state = 'unassigned') = (successor_account_id IS NULL)", name=op.f("ck_handover_successor")
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'refused', 'withdrawn')) = (decided_at IS NOT NULL)",
            name=op.f("ck_handover_decided"),
        ),
        sa.CheckConstraint("successor_person_id <> holder_person_id", name=op.f("ck_handover_other_person")),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["accounts.grant_of_role.id"], name=op.f("fk_handover_grant_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_account_id"], ["accounts.account.id"], name=op.f("fk_handover_holder_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_account_id"], ["accounts.account.id"], name=op.f("fk_handover_successor_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("number", name=op.f("uq_handover_number")),
        schema="oversight",
    )
    for name, column in (("uq_handover_open_grant", "grant_id"), ("uq_handover_open_pairing", "pairing")):
        op.create_index(
            name,
            "handover",
            [column],
            unique=True,
            schema="oversight",
            postgresql_where=sa.text("state IN ('unassigned', 'open')"),
        )
    op.create_index(
        op.f("ix_handover_successor_person_id"), "handover", ["successor_person_id"], schema="oversight"
    )
    op.execute("""
        CREATE FUNCTION oversight.refuse_change_of_handover() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'UPDATE' OR OLD.state IN ('accepted', 'refused', 'withdrawn')
                OR (OLD.content, OLD.content_sha256, OLD.reason, OLD.asked_by, OLD.asked_at)
                    IS DISTINCT FROM (NEW.content, NEW.content_sha256, NEW.reason, NEW.asked_by, NEW.asked_at)
                OR (OLD.grant_id, OLD.pairing, OLD.last_day, OLD.holder_account_id)
                    IS DISTINCT FROM (NEW.grant_id, NEW.pairing, NEW.last_day, NEW.holder_account_id)
            THEN
                RAISE EXCEPTION 'a handover is not edited: what was listed and decided stays'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON oversight.handover
        FOR EACH ROW EXECUTE FUNCTION oversight.refuse_change_of_handover()
    """)
    op.execute("""
        CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON oversight.handover
        FOR EACH STATEMENT EXECUTE FUNCTION oversight.refuse_change_of_handover()
    """)
    op.execute("GRANT SELECT, INSERT, UPDATE ON oversight.handover TO sanzhuan_app")


def downgrade() -> None:
    op.drop_table("pairing_end", schema="core")
    for table in ("handover_step", "handover"):
        op.drop_table(table, schema="oversight")
    op.execute("DROP FUNCTION oversight.refuse_change_of_handover()")
    op.execute("DROP SCHEMA oversight")
