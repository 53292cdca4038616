"""`flask statistics bulletin verify [NUMBER]`: are the bulletins what was issued, and do the books still give the same bytes?"""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select

from marketplace.core.db import transaction
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.service import verify_bulletin

bulletin_commands = AppGroup("bulletin", help="Sealed bulletins.")


@bulletin_commands.command("verify")
@click.argument("number", required=False)
def verify(number: str | None) -> None:
    """Check digests and signatures of issued bulletins (or of one) and build each again; exit status 1 if any does not hold."""
    with transaction(snapshot=True) as session:
        chosen = Bulletin.state == "issued" if number is None else Bulletin.number == number
        found = {
            row.number: verify_bulletin(session, row)
            for row in session.scalars(
                select(Bulletin).where(chosen).order_by(Bulletin.issued_at, Bulletin.id)
            )
        }
    if number is not None and not found:
        raise click.ClickException(f"there is no bulletin {number}")
    for name, one in found.items():
        click.echo(f"{name}: {'holds' if one.holds else 'DOES NOT HOLD'}")
        if not one.has_digest or one.is_signed is False:
            click.echo("  digest or signature is wrong", err=True)
        if one.difference is not None:
            difference = one.difference
            click.echo(
                f"  {difference.row} {difference.column}: published {difference.published}, now {difference.again}",
                err=True,
            )
    if not all(one.holds for one in found.values()):
        raise click.exceptions.Exit(1)
