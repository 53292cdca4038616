"""`flask import sales FILE`: a file of sales from the machine's disk, as an operator would hand it in."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.intake.service import uploads
from marketplace.intake.service.process import process_batch
from marketplace.intake.service.receipts import OUTCOME_TITLES, RowResult, results_of

SHOWN_ROWS = 50


@click.command("sales")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", required=True, help="Code of the point of sale.")
@click.option("--adapter", required=True, help="Shape of the file, e.g. pos_hall.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each row, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_sales(file: Path, channel: str, adapter: str, dry_run: bool, as_json: bool) -> None:
    """Import sales made elsewhere from a CSV or XLSX file. Exit code 1 when rows are kept apart or the batch is refused."""
    try:
        found = (_tried if dry_run else _taken)(channel, adapter, file.read_bytes())
    except DomainError as refused:
        raise click.ClickException(f"{refused.code}: {refused.detail}") from refused
    rows: list[RowResult] = found.pop("rows")
    if as_json:
        click.echo(json.dumps(found | {"rows": [asdict(one) for one in rows]}, ensure_ascii=False))
    else:
        _show(found, rows)
    if any(one.outcome in ("quarantined", "refused") for one in rows):
        raise click.exceptions.Exit(1)


def _tried(channel: str, adapter: str, content: bytes) -> dict[str, Any]:
    with transaction() as session:
        found = uploads.preview(session, system_actor(), channel, adapter, content)
    return {"dry_run": True, "known": found.known, "batch": found.number, "rows": found.rows}


def _taken(channel: str, adapter: str, content: bytes) -> dict[str, Any]:
    """Handed in and read at once; a batch that a worker reads at the same moment is read once all the same."""
    with transaction() as session:
        handed = uploads.hand_in(session, system_actor(), channel, adapter, content)
        batch_id, known, number = handed.batch.id, handed.known, handed.batch.number
    with transaction() as session:
        process_batch(session, {"batch_id": str(batch_id)})
    with transaction() as session:
        rows = results_of(session, session.get_one(type(handed.batch), batch_id))
    return {"dry_run": False, "known": known, "batch": number, "rows": rows}


def _show(found: dict[str, Any], rows: list[RowResult]) -> None:
    apart = [one for one in rows if one.outcome in ("quarantined", "refused")]
    for one in apart[:SHOWN_ROWS]:
        click.echo(f"第 {one.row_no} 行 {one.field or ''}：{one.reason_title}（{one.reason}）", err=True)
    if len(apart) > SHOWN_ROWS:
        click.echo(f"… 共 {len(apart)} 行有误", err=True)
    counts = Counter(one.outcome for one in rows)
    told = "，".join(
        f"{OUTCOME_TITLES[outcome]} {counts[outcome]}" for outcome in OUTCOME_TITLES if counts[outcome]
    )
    kept = "预览" if found["dry_run"] else f"批次 {found['batch']}"
    click.echo(f"{kept}：{told}{'（此前已上传，未重复入账）' if found['known'] else ''}")
