"""Targets keep what was published: qualifier, range, reason, words, deadline; and may lie between two areas."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_TEXTS = ("counterpart_area", "reason", "indicator", "deadline", "note")
_OLD = "uq_target_area_code_year_measure_sector_version"
_NEW = "uq_target_version"


def upgrade() -> None:
    for name in _TEXTS:
        op.add_column("target", sa.Column(name, sa.Text(collation="C"), nullable=True), schema="statistics")
    op.add_column("target", sa.Column("upper_amount", sa.BigInteger(), nullable=True), schema="statistics")
    for name, held in (("subject", ""), ("qualifier", "exact")):
        column = sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=held)
        op.add_column("target", column, schema="statistics")
        op.alter_column("target", name, server_default=None, schema="statistics")
    op.drop_constraint(_OLD, "target", schema="statistics")
    op.create_unique_constraint(
        _NEW,
        "target",
        ["area_code", "counterpart_area", "year", "measure", "subject", "sector", "version"],
        schema="statistics",
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_constraint(_NEW, "target", schema="statistics")
    # The older form knows neither words nor pairs of areas: such targets would be told apart by nothing.
    op.execute("DELETE FROM statistics.target WHERE subject <> '' OR counterpart_area IS NOT NULL")
    for name in (*_TEXTS, "upper_amount", "subject", "qualifier"):
        op.drop_column("target", name, schema="statistics")
    op.create_unique_constraint(
        _OLD,
        "target",
        ["area_code", "year", "measure", "sector", "version"],
        schema="statistics",
        postgresql_nulls_not_distinct=True,
    )
