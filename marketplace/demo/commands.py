"""`flask demo`: the whole chain on published products, the main report, and a server to look at it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Final

import click
from flask import current_app
from rich.console import Console

from marketplace.core import db, signing
from marketplace.core.collector import keep_what_is_loaded
from marketplace.core.settings import Settings
from marketplace.features import Feature

ADDRESS: Final = "127.0.0.1:8000"
_SEED: Final = "2020"
_WIDTH: Final = 220


@click.command("demo")
@click.option("--fresh", is_flag=True, help="Throw the embedded database away and start over.")
@click.option("--no-serve", is_flag=True, help="Stop after the report.")
def demo(fresh: bool, no_serve: bool) -> None:
    """Certify, list, sell, count, attribute and report on really published products; then serve them."""
    # Late: every other command starts without reading the published tables and the whole of the slices.
    from marketplace.demo import report, store
    from marketplace.demo.load import load
    from marketplace.demo.twin import Twin, TwinFailed
    from marketplace.demo.world import plan

    settings: Settings = current_app.extensions["settings"]
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    _make_room(settings, console, fresh=fresh)
    if store.state() == store.EMPTY:
        features: tuple[Feature, ...] = current_app.extensions["features"]
        keep_what_is_loaded()
        try:
            with Twin.start(settings, current_app.extensions["attach"]) as twin:
                load(
                    plan(_SEED),
                    console,
                    _SEED,
                    twin,
                    [one for feature in features for one in feature.derived],
                )
        except TwinFailed as failed:
            raise click.ClickException(f"the demo was interrupted: {failed}") from failed
    sound = report.print_all(console)
    report.print_logins(console)
    if not sound:
        raise click.exceptions.Exit(1)
    if not no_serve:
        _serve(settings, console)


def _make_room(settings: Settings, console: Console, *, fresh: bool) -> None:
    """Empty the database where that was asked for, or where an earlier demo was interrupted; nothing else is ever thrown away."""
    from marketplace.demo import store

    state = store.state()
    if settings.production:
        raise click.ClickException("the demo does not run in production")
    if state == store.FOREIGN and not fresh:
        raise click.ClickException("the database holds data that is not the demo's; --fresh throws them away")
    if fresh or state == store.INTERRUPTED:
        if settings.database_url:
            raise click.ClickException("DATABASE_URL is set: only the embedded database is ever emptied")
        console.print("重新开始:清空内置数据库")
        store.start_over(settings)


def _serve(settings: Settings, console: Console) -> None:
    """Run gunicorn over the connected database until it is told to stop; this process keeps the embedded server alive."""
    console.print(f"正在服务:http://{ADDRESS}  接口文档:http://{ADDRESS}/api/docs  (Ctrl+C 停止)")
    environment = os.environ | {
        "DATABASE_URL": db.current().url,
        "SANZHUAN_DATA_DIR": str(settings.data_dir.resolve()),
        "WEB_BIND": ADDRESS,
    }
    keys = signing.keys_text(settings)
    if (
        keys is not None
    ):  # the server is given a database, so it would not take the key file of an embedded one
        environment["SANZHUAN_SIGNING_KEYS"] = keys
    server = subprocess.Popen([sys.executable, "-m", "gunicorn"], env=environment)
    # A signal to this process alone must reach the server too, or it would live on without its database.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.terminate())
    code = server.wait()
    if code:
        raise click.exceptions.Exit(code)
