"""No statistics of the JSON and lists of a foreign sale: no question is planned by them, and they were half of each ANALYZE.

Autovacuum looks at a table whenever a tenth of it is new, which for a table that grows by thousands of lines a second is often.
"""

from alembic import op

revision = "0048"
down_revision = "0047"

_COLUMNS = ("facts", "frozen", "particulars", "said")


def _set(target: str) -> None:
    columns = ", ".join(f"ALTER COLUMN {name} SET STATISTICS {target}" for name in _COLUMNS)
    op.execute(f"ALTER TABLE intake.foreign_sale {columns}")


def upgrade() -> None:
    _set("0")


def downgrade() -> None:
    _set("-1")
