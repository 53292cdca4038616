"""One run of an import: plan, add, and keep what happened."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import time

from sqlalchemy.orm import Session

from marketplace.core import audit
from marketplace.core.actor import Actor
from marketplace.core.clock import utcnow
from marketplace.core.db import lock_exclusive
from marketplace.core.ids import uuid7
from marketplace.core.sheets.export import Value, write_csv, write_xlsx
from marketplace.core.sheets.problems import RowError
from marketplace.core.sheets.reader import Cell
from marketplace.core.sheets.table import Table, read_table
from marketplace.producers.models import ProductImport
from marketplace.producers.service.imports.columns import COLUMNS, RETURNED
from marketplace.producers.service.imports.validation import plan_of
from marketplace.producers.service.products import add_all


@dataclass(frozen=True)
class ImportOptions:
    """``dry_run`` checks and adds nothing; ``good_rows_only`` adds the good rows although others are bad."""

    dry_run: bool = False
    good_rows_only: bool = False


def read(data: bytes) -> Table:
    """The rows of a CSV or XLSX file; takes seconds, so it happens before a transaction is opened where that is possible.

    Raises Invalid ``sheet_…`` when the file as a whole cannot be read.
    """
    return read_table(data, (*COLUMNS, *RETURNED))


def run(
    session: Session,
    actor: Actor,
    table: Table,
    options: ImportOptions,
    *,
    import_id: uuid.UUID | None = None,
) -> ProductImport:
    """Check every row, then add all of them or none; with ``good_rows_only`` the good ones.

    The same file twice at once: the second waits and then finds everything known. The run is kept either way, with its errors;
    ``import_id`` fills in a queued one.
    """
    actor_may_import(actor)
    lock_exclusive(session, "producers.import", table.sha256)
    if import_id is None:
        kept = queue(session, actor, table.sha256, options)
    else:
        kept = session.get_one(ProductImport, import_id, populate_existing=True)
        if kept.state != "queued":
            return kept
    plan = plan_of(session, actor, table)
    adds = not options.dry_run and (not plan.errors or options.good_rows_only)
    added = add_all(session, plan.new) if adds else []
    kept.state = "imported" if adds else "validated" if options.dry_run else "refused"
    kept.rows_read = plan.rows_read
    kept.rows_added = len(added)
    # What another import added between the plan and the insert is known, too.
    kept.rows_known = plan.rows_known + (len(plan.new) - len(added) if adds else 0)
    kept.errors = [asdict(error) for error in plan.errors]
    kept.done_at = utcnow()
    session.flush()
    audit.record(
        session,
        actor,
        f"producers.import.{kept.state}",
        "product_import",
        kept.id,
        area_code=kept.area_code,
        detail={"read": kept.rows_read, "added": kept.rows_added, "errors": len(plan.errors)},
    )
    return kept


def queue(session: Session, actor: Actor, sha256: str, options: ImportOptions) -> ProductImport:
    """A run that waits for its turn."""
    actor_may_import(actor)
    held = actor.holding("producers.import")
    kept = ProductImport(
        id=uuid7(),
        file_sha256=bytes.fromhex(sha256),
        dry_run=options.dry_run,
        good_rows_only=options.good_rows_only,
        state="queued",
        area_code=held[0].area_code if held else None,
        created_by=actor.audit_id,
        created_at=utcnow(),
    )
    session.add(kept)
    session.flush()
    return kept


def errors_of(kept: ProductImport) -> list[RowError]:
    """The errors of a run, by row."""
    return [RowError(**error) for error in kept.errors]


def actor_may_import(actor: Actor) -> None:
    """Forbidden unless the actor may import for anybody; which producers, each row asks."""
    if not actor.may("producers.import"):
        actor.require("producers.import", area=None)


def bad_rows_file(table: Table, errors: Iterable[RowError], *, as_xlsx: bool) -> bytes:
    """The rows that have errors, as they stood, with their number and the reasons: to be mended and sent again."""
    reasons: dict[int, list[str]] = defaultdict(list)
    for error in errors:
        reasons[error.row].append(f"{error.column}：{error.message_zh}" if error.column else error.message_zh)
    stood = {row.number: row.cells for row in table.rows} | {row.number: row.cells for row in table.bad_rows}
    added = [column.title for column in RETURNED]
    kept = [place for place, heading in enumerate(table.headings) if heading not in added]
    rows = [[*_at(stood[number], kept), number, "；".join(reasons[number])] for number in sorted(reasons)]
    headings = [*(table.headings[place] for place in kept), *added]
    return write_xlsx(headings, rows, sheet_name="未导入") if as_xlsx else write_csv(headings, rows)


def _at(cells: Sequence[Cell], places: Sequence[int]) -> list[Value]:
    """The cells at those places, blank where the row was shorter; a time of day, which no column takes, as text."""
    found = [cells[place] if place < len(cells) else None for place in places]
    return [cell.isoformat() if isinstance(cell, time) else cell for cell in found]
