"""`flask payments settle` and `flask payments verify`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.core.db import transaction
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
