"""`flask search …`: ask, suggest, compare, mend, rebuild."""

from __future__ import annotations

import json
from typing import Final

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from marketplace.core.collector import keep_what_is_loaded
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from search.engines.protocol import SORTS, Engine, EngineUnavailable
from search.engines.registry import engines
from search.service import Asked, search, suggest
from search.sync import indexing
from search.sync.drift import repair, verify
from search.sync.rebuild import RebuildRunning, build_anew, products, rebuilding
from search.sync.renewal import is_current

search_commands = AppGroup("search", help="Search: ask, compare with the rows, rebuild.")
MOST_SHOWN: Final = 20


class TryLater(click.ClickException):
    """What was asked for cannot be done now (EX_TEMPFAIL of sysexits.h)."""

    exit_code = 75


@search_commands.command("query")
@click.argument("text")
@click.option("--sort", type=click.Choice(SORTS), default="relevance")
@click.option("--size", type=click.IntRange(1, 100), default=10)
def query(text: str, sort: str, size: int) -> None:
    """Search as a visitor does, with the scores."""
    try:
        with transaction() as session:
            found = search(session, Asked(q=text, sort=sort, size=size))
    except DomainError as refused:
        raise click.ClickException(refused.detail) from refused
    table = Table(
        title=f"{text}: {found.total} ({found.exact_total} exact), {found.engine}, {found.took_ms:.1f} ms"
    )
    for column in ("score", "match", "name", "producer", "origin", "price"):
        table.add_column(column)
    for item in found.items:
        price = item["listing"]["price_fen"]
        table.add_row(
            str(item["score"]),
            item["match"],
            item["name"],
            item["producer_name"],
            item["origin_name"],
            f"{price / 100:.2f}/{item['listing']['unit']}",
        )
    Console().print(table)
    for title, words in (
        ("searched instead", [found.corrected] if found.corrected else []),
        ("may mean", found.may_mean),
    ):
        if words:
            click.echo(f"{title}: {', '.join(words)}")


@search_commands.command("suggest")
@click.argument("text")
def suggest_command(text: str) -> None:
    """Words that begin like TEXT."""
    click.echo("\n".join(suggest(text)))


@search_commands.command("sync")
def sync_command() -> None:
    """Do what is noted now, as the worker does all the time."""
    click.echo(f"{indexing.drain()} changes done")


@search_commands.command("verify")
@click.option("--repair", "mend", is_flag=True, help="Note what differs, and mend it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an engine.")
def verify_command(mend: bool, as_json: bool) -> None:
    """Compare every document with the rows, both ways. Exit code 1 when something differs and was not mended.

    It also says of an index that was not built as this release builds it; that alone is no difference.
    """
    differs = False
    for engine in engines().written:
        try:
            current, drift = is_current(engine), verify(engine)
        except EngineUnavailable as away:
            raise click.ClickException(str(away)) from away
        counts = {"missing": len(drift.missing), "stale": len(drift.stale), "extra": len(drift.extra)}
        if as_json:
            click.echo(json.dumps({"engine": engine.code, "current": current} | counts))
        else:
            click.echo(f"{engine.code}: " + ", ".join(f"{n} {name}" for name, n in counts.items()))
            if not current:
                click.echo("  built by another release, or never whole: the worker builds it anew")
            for number in sorted({*drift.missing, *drift.stale, *drift.extra})[:MOST_SHOWN]:
                click.echo(f"  product {number}")
        if drift and mend:
            repair(engine, drift)
            indexing.drain()
            left = verify(engine)
            click.echo(f"{engine.code}: mended, {len(left.missing) + len(left.stale) + len(left.extra)} left")
            differs = differs or bool(left)
        else:
            differs = differs or bool(drift)
    if differs:
        raise SystemExit(1)


@search_commands.command("rebuild")
@click.option("--engine", "code", type=click.Choice(["postgresql", "elasticsearch"]), default=None)
def rebuild_command(code: str | None) -> None:
    """Build the index anew beside the one that answers; edits go on meanwhile.

    Exit code 75, and nothing is changed, while another rebuild is running: try again later.
    """
    keep_what_is_loaded()
    try:
        with rebuilding():
            for engine in engines().written:
                if code in (None, engine.code):
                    click.echo(f"{engine.code}: {_rebuild(engine)} products on sale")
    except RebuildRunning as running:
        raise TryLater(str(running)) from running
    except EngineUnavailable as away:
        raise click.ClickException(str(away)) from away


def _rebuild(engine: Engine) -> int:
    total = products()
    with Progress(console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as progress:
        task = progress.add_task(engine.code, total=total)
        return build_anew(engine, lambda read: progress.update(task, completed=read))
