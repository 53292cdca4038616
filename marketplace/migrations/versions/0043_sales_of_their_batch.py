"""A sale and a report are of their batch's own channel: one key says what two said apart, and costs each row one check less."""

from alembic import op

revision = "0043"
down_revision = "0042"

_TABLES = ("foreign_sale", "report")
_SINGLE = (("channel_id", "catalogue.channel"), ("batch_id", "intake.batch"))


def upgrade() -> None:
    op.create_unique_constraint(
        op.f("uq_batch_id_channel_id"), "batch", ["id", "channel_id"], schema="intake"
    )
    for table in _TABLES:
        for column, _ in _SINGLE:
            op.drop_constraint(op.f(f"fk_{table}_{column}"), table, schema="intake", type_="foreignkey")
        op.create_foreign_key(
            op.f(f"fk_{table}_batch_id_channel_id"),
            table,
            "batch",
            ["batch_id", "channel_id"],
            ["id", "channel_id"],
            source_schema="intake",
            referent_schema="intake",
        )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_constraint(
            op.f(f"fk_{table}_batch_id_channel_id"), table, schema="intake", type_="foreignkey"
        )
        for column, target in _SINGLE:
            schema, name = target.split(".")
            op.create_foreign_key(
                op.f(f"fk_{table}_{column}"),
                table,
                name,
                [column],
                ["id"],
                source_schema="intake",
                referent_schema=schema,
            )
    op.drop_constraint(op.f("uq_batch_id_channel_id"), "batch", schema="intake", type_="unique")
