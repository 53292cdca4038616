"""`flask payments reconcile`: the gateway, the rows and the books, compared to the fen."""

from __future__ import annotations

from datetime import timedelta

import click
from flask.cli import AppGroup

from marketplace.core.clock import utcnow
from marketplace.payments.service import gateway_sweep

payments_commands = AppGroup("payments", help="Money: the daily comparison.")


@payments_commands.command("reconcile")
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
