"""`flask period close YYYY-MM` and `flask ledger verify`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.attribution.service.close import close_period
from marketplace.attribution.service.verify import verify
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.core.money import format_yuan

period_commands = AppGroup("period", help="Months of the books.")
ledger_commands = AppGroup("ledger", help="The ledger of counted sales.")


@period_commands.command("close")
@click.argument("period")
def close(period: str) -> None:
    """Close the month PERIOD (YYYY-MM): accruals, statements, chain, digest."""
    try:
        with transaction() as session:
            row = close_period(session, system_actor(), period)
            text = f"{period}: {row.entries} entries, {format_yuan(row.sale_fen or 0)} yuan, digest {(row.digest or b'').hex()}"
    except DomainError as refusal:
        raise click.ClickException(f"{refusal.code}: {refusal.detail}") from refusal
    click.echo(text)


@ledger_commands.command("verify")
def verify_ledger() -> None:
    """Check invariants L1–L9 and name the first row that breaks one; exit status 1 if any does."""
    with transaction(snapshot=True) as session:
        findings = verify(session)
    for finding in findings:
        click.echo(
            f"{finding.code}  {finding.title}: {'ok' if finding.broken is None else 'BROKEN ' + finding.broken}"
        )
    if any(finding.broken for finding in findings):
        raise click.exceptions.Exit(1)
