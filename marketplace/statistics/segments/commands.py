"""`flask statistics segments build|verify|mend`: by hand what the worker does by itself."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace.core.db import transaction
from marketplace.core.money import format_yuan
from marketplace.statistics.segments import care, engine
from marketplace.statistics.segments.engine import Segments

segment_commands = AppGroup("segments", help="The ledger as columns, beside the table.")


def _segments() -> Segments:
    found = engine.installed()
    if found is None:
        raise click.ClickException("this process reads no segments")
    return found


@segment_commands.command("build")
def build_segments() -> None:
    """Put every entry that has its chain position into files now, then merge. The worker does it by itself."""
    click.echo(f"{care.build_now()} entries put into files")


@segment_commands.command("verify")
def verify_segments() -> None:
    """Hash every file and compare each month with the ledger; exit status 1 when one is lost, damaged or differs."""
    with transaction(snapshot=True) as session:
        found = care.verify(session, _segments())
    for one in found:
        state = "ok" if one.is_sound else f"NOT SOUND, not whole: {', '.join(one.damaged) or 'none'}"
        click.echo(
            f"{one.period}: {one.entries} entries, {format_yuan(one.sale_fen)}; ledger {one.ledger_entries},"
            f" {format_yuan(one.ledger_fen)}: {state}"
        )
    if not all(one.is_sound for one in found):
        raise click.exceptions.Exit(1)


@segment_commands.command("mend")
def mend_segments() -> None:
    """Make lost and damaged files again from the ledger, and remove what nobody reads any more."""
    click.echo(f"{care.mend()} files made again")
