"""`flask payments settle`, `verify` and `reconcile`."""

from __future__ import annotations

from datetime import timedelta

import click
from flask.cli import AppGroup

from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.payments.service import gateway_sweep
from marketplace.payments.service.settlement import settle_due
from marketplace.payments.service.verify import verify

payment_commands = AppGroup("payments", help="The books of money.")


@payment_commands.command("settle")
def settle() -> None:
    """Propose the settlement runs of the last cut-off day, as the worker does; may be stopped and run again."""
    click.echo(f"{settle_due()} settlement runs proposed")


@payment_commands.command("verify")
def verify_books() -> None:
    """Compare orders, lines, runs, payouts and books, and name the first difference of each; exit status 1 if there is any."""
    with transaction(snapshot=True) as session:
        findings = verify(session)
    for one in findings:
        click.echo(f"{one.code}  {one.title}: {'ok' if one.broken is None else 'BROKEN ' + one.broken}")
    if any(one.broken for one in findings):
        raise click.exceptions.Exit(1)


@payment_commands.command("reconcile")
@click.option(
    "--days", default=gateway_sweep.DAYS, show_default=True, help="How far back the gateway is read."
)
def reconcile(days: int) -> None:
    """Take over what was missed, print every difference that is left, in fen; exit status 1 if there is one."""
    found = gateway_sweep.reconcile(utcnow() - timedelta(days=days))
    for one in found:
        click.echo(f"{one.kind}\t{one.subject}\tthere {one.there_fen}\there {one.here_fen}\t{one.reason}")
    click.echo(f"{len(found)} differences")
    if found:
        raise click.exceptions.Exit(1)
