"""What reports, sales and links refer to is looked for once a statement: their parents can neither go nor get another key.

The triggers have the names of the foreign keys that they stand for, and refuse as those did (ADR 0033). Coming down, the keys are
checked anew, some seconds a million rows.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from alembic import op

revision = "0051"
down_revision = "0050"


class _Reference(NamedTuple):
    schema: str
    table: str
    columns: tuple[str, ...]
    parent: str
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        return "_".join(("fk", self.table, *self.columns))


_REFERENCES: Final = (
    _Reference("intake", "report", ("batch_id", "channel_id"), "batch", ("id", "channel_id")),
    _Reference("intake", "report", ("sale_id",), "foreign_sale", ("id",)),
    _Reference("intake", "foreign_sale", ("batch_id", "channel_id"), "batch", ("id", "channel_id")),
    _Reference("attribution", "link", ("entry_no",), "entry", ("entry_no",)),
)
#: Whose rows stay, with these columns as they are. Reports, links and entries are append-only.
_STAYING: Final = {
    "intake.batch": ("id", "channel_id"),
    "intake.foreign_sale": ("id", "channel_id", "batch_id"),
}


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION core.refuse_loss() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of %.% stay, under the keys they have: % refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        END $$
    """)
    for table, columns in _STAYING.items():
        op.execute(f"""
            CREATE TRIGGER refuse_loss BEFORE DELETE OR TRUNCATE OR UPDATE OF {", ".join(columns)} ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_loss()
        """)
    for reference in _REFERENCES:
        op.drop_constraint(
            op.f(reference.name), reference.table, schema=reference.schema, type_="foreignkey"
        )
        _look_once(reference)


def _look_once(reference: _Reference) -> None:
    """Of the new rows' references take those that there are; whatever is left refers to nothing.

    Only an array of keys leads to the parent, and a whole table is read by nothing: so by its index, whatever the planner believes
    of its size, and even by a plan that a session made when the table was empty.
    """
    schema, table, columns, parent, keys = reference
    name, said = reference.name, ", ".join(columns)
    op.execute(f"""
        CREATE FUNCTION {schema}.{name}() RETURNS trigger LANGUAGE plpgsql
        SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
        DECLARE
            lost record;
        BEGIN
            SELECT {said} INTO lost FROM added
            EXCEPT SELECT {", ".join(keys)} FROM {schema}.{parent}
                   WHERE {keys[0]} = ANY(ARRAY(SELECT DISTINCT {columns[0]} FROM added));
            IF FOUND THEN
                RAISE EXCEPTION 'insert or update on table "{table}" violates foreign key constraint "{name}"'
                    USING ERRCODE = 'foreign_key_violation', SCHEMA = '{schema}', TABLE = '{table}', CONSTRAINT = '{name}',
                    DETAIL = format('Key ({said})=(%s) is not present in table "{parent}".',
                                    concat_ws(', ', {", ".join(f"lost.{column}" for column in columns)}));
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute(f"""
        CREATE TRIGGER {name} AFTER INSERT ON {schema}.{table} REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION {schema}.{name}()
    """)


def downgrade() -> None:
    for reference in _REFERENCES:
        schema, table, columns, parent, keys = reference
        op.execute(f"DROP TRIGGER {reference.name} ON {schema}.{table}")
        op.execute(f"DROP FUNCTION {schema}.{reference.name}()")
        op.create_foreign_key(
            op.f(reference.name),
            table,
            parent,
            list(columns),
            list(keys),
            source_schema=schema,
            referent_schema=schema,
        )
    for table in _STAYING:
        op.execute(f"DROP TRIGGER refuse_loss ON {table}")
    op.execute("DROP FUNCTION core.refuse_loss()")
