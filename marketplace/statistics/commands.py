"""`flask ledger reconcile` beside `flask ledger verify`: the books foot, or they do not."""

from __future__ import annotations

import click

from marketplace.attribution.commands import ledger_commands
from marketplace.core import messages
from marketplace.core.db import transaction
from marketplace.core.money import format_yuan
from marketplace.statistics.reconciliation import Line, reconcile

__all__ = ["ledger_commands"]


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
