"""The `flask` commands. Each slice brings its own group; this file only gathers them."""

from __future__ import annotations

import json
import os
import signal
from typing import Final

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from marketplace.accounts.commands import accounts_commands
from marketplace.attribution.commands import period_commands
from marketplace.beneficiaries.commands import IMPORTS as BENEFICIARY_IMPORTS
from marketplace.core import db, jobs, migrate, privacy, rotation
from marketplace.core.collector import keep_what_is_loaded
from marketplace.core.settings import Settings
from marketplace.demo import store
from marketplace.demo.commands import demo
from marketplace.features import Feature
from marketplace.intake.commands import import_sales
from marketplace.payments.commands import payment_commands
from marketplace.producers.commands import import_commands
from marketplace.statistics.commands import ledger_commands, statistics_commands
from marketplace.statistics.commands import published_figures as import_published
from marketplace.statistics.commands import targets as import_targets
from marketplace.statistics.segments.engine import keep_within

# Command groups of the slices, in travel order.
GROUPS: Final[tuple[click.Command, ...]] = (
    accounts_commands,
    import_commands,
    payment_commands,
    period_commands,
    ledger_commands,
    statistics_commands,
    demo,
)

for _command in (*BENEFICIARY_IMPORTS, import_sales, import_targets, import_published):
    import_commands.add_command(_command)

db_commands = AppGroup("db", help="Database: migrations.")


@db_commands.command("upgrade")
def db_upgrade() -> None:
    """Run the migrations on MIGRATION_DATABASE_URL (the owner role)."""
    settings: Settings = current_app.extensions["settings"]
    if settings.database_url:
        if not settings.migration_database_url:
            raise click.ClickException("MIGRATION_DATABASE_URL is not set: migrations need the owner role")
        migrate.upgrade(settings.migration_database_url)
    click.echo(f"at {migrate.head()}")


keys_commands = AppGroup("keys", help="Keys of personal data.")


@keys_commands.command("status")
def keys_status() -> None:
    """Say what still needs an older key; a key may be destroyed when nothing does."""
    with db.transaction() as session:
        left = rotation.cells_left(session)
        sealed = rotation.files_left(session)
    for column, count in left.items():
        click.echo(f"{column}: {count}")
    click.echo(
        f"{sum(left.values())} cells and {sealed} files need an older key than {privacy.vault().current_version}"
    )


@keys_commands.command("rotate")
def keys_rotate() -> None:
    """Re-encrypt everything that an older key sealed; may be stopped and run again."""
    cells = rotation.rotate_cells()
    click.echo(f"{cells} cells and {rotation.rotate_files()} files re-encrypted")


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, then stop.")
@click.option("--on-demo", is_flag=True, help="Work on the demo's data too, whose year is 2020.")
@click.option(
    "--nice",
    type=click.IntRange(0, 19),
    default=5,
    show_default=True,
    help="How far behind the machine's other processes: somebody waits for a page, nobody for a job.",
)
def worker(once: bool, on_demo: bool, nice: int) -> None:
    """Do jobs: follow-ups written by requests, and periodic work."""
    # On today's clock everything unpaid since 2020 is overdue: a worker would cancel what the demo is there to show.
    if not on_demo and store.state() in (store.LOADED, store.INTERRUPTED):
        raise click.ClickException(
            "the database holds the demo, whose year is 2020: a worker would cancel and expire what it shows; "
            "--on-demo does it all the same"
        )
    if once:
        click.echo(f"{jobs.run_periodic()} periodic, {jobs.run_ready()} jobs done")
        return
    os.nice(nice)
    keep_within(Settings.from_env().segments_worker_memory_mb)
    keep_what_is_loaded()
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    jobs.work(lambda: bool(stopping))


@click.command("openapi")
def openapi() -> None:
    """Print the OpenAPI document."""
    response = current_app.test_client().get("/api/v1/openapi.json")
    click.echo(json.dumps(response.get_json(), ensure_ascii=False, indent=2))


def register(app: Flask) -> None:
    """Give the application all commands: the slices' and those of the features it was made with."""
    features: tuple[Feature, ...] = app.extensions["features"]
    added = (command for feature in features for command in feature.commands)
    for command in (db_commands, keys_commands, worker, openapi, *GROUPS, *added):
        app.cli.add_command(command)
