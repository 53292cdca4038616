"""`flask ledger reconcile` beside `flask ledger verify`, `flask import targets FILE`, and the group `flask statistics`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from marketplace.attribution.commands import ledger_commands
from marketplace.core import messages
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.core.money import format_yuan
from marketplace.statistics.bulletins.commands import bulletin_commands
from marketplace.statistics.published import import_published
from marketplace.statistics.reconciliation import Line, reconcile
from marketplace.statistics.segments.commands import segment_commands
from marketplace.statistics.targets import import_targets, read_targets
from marketplace.statistics.wall_keys.commands import wall_key_commands

__all__ = ["ledger_commands", "published_figures", "statistics_commands", "targets"]
SHOWN_ERRORS = 50

statistics_commands = AppGroup("statistics", help="Statistics: bulletins, the ledger's columnar files.")
statistics_commands.add_command(bulletin_commands)
statistics_commands.add_command(segment_commands)
statistics_commands.add_command(wall_key_commands)


@ledger_commands.command("reconcile")
def reconcile_ledger() -> None:
    """Print totals that must be equal and the bridge from money received to sales counted; exit status 1 if they differ."""
    with transaction(snapshot=True) as session:
        found = reconcile(session)
    for line in [*found.totals, *found.parts, *found.bridge]:
        click.echo(_shown(line))
    click.echo("the books foot" if found.foots else "THE BOOKS DO NOT FOOT")
    if not found.foots:
        raise click.exceptions.Exit(1)


def _shown(line: Line) -> str:
    return (
        f"{'  ' if line.is_part else ''}{messages.title(line.title_zh, 'en')}: {format_yuan(line.amount_fen)}"
    )


@click.command("targets")
@with_appcontext
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, set nothing.")
def targets(file: Path, dry_run: bool) -> None:
    """Import targets from a CSV or XLSX file, all rows or none; again it adds nothing. Exit code 1 when rows are bad."""
    try:
        table = read_targets(file.read_bytes())
    except DomainError as refused:
        raise click.ClickException(refused.detail) from refused
    with transaction() as session:
        done = import_targets(session, system_actor(), table, dry_run=dry_run)
    for error in done.errors[:SHOWN_ERRORS]:
        click.echo(f"第 {error.row} 行 {error.column}:{error.message_zh}({error.code})", err=True)
    if len(done.errors) > SHOWN_ERRORS:
        click.echo(f"… 共 {len(done.errors)} 处错误", err=True)
    state = "refused" if done.errors else "validated" if dry_run else "imported"
    click.echo(
        f"{state}: 读取 {done.rows_read} 行,新增 {done.targets_added},已有 {done.targets_known},"
        f"错误行 {len({error.row for error in done.errors})}"
    )
    if done.errors:
        raise SystemExit(1)


@click.command("published-figures")
@with_appcontext
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def published_figures(file: Path) -> None:
    """Keep a CSV of published figures in its own words, doubts beside them; all rows or none; again it adds nothing."""
    try:
        with transaction() as session:
            done = import_published(session, system_actor(), file.read_bytes())
    except DomainError as refused:
        raise click.ClickException(refused.detail) from refused
    click.echo(f"读取 {done.read} 行,新增 {done.added},其中存疑或有说明 {done.flagged}")
