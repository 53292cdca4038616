"""A feature that only listens, and ways of attaching a process, with it or to no avail, for the second process of the demo."""

from __future__ import annotations

import os
import time
from typing import Any, NoReturn

import click
from sqlalchemy.orm import Session

from marketplace import app
from marketplace.core import facts
from marketplace.core.jobs import Periodic
from marketplace.core.settings import Settings
from marketplace.demo.context import Demo
from marketplace.features import Feature
from marketplace.orders.facts import LinesCounted


def listen(session: Session, fact: LinesCounted) -> None:
    """Hear of counted lines."""


def work(session: Session, payload: dict[str, Any]) -> None:
    """Do the feature's job."""


def come_round(session: Session) -> None:
    """Do the feature's periodic work."""


@click.command("listening")
def command() -> None:
    """The feature's command."""


FEATURE = Feature(
    name="listening",
    facts={LinesCounted: (listen,)},
    jobs={"listening.work": work},
    periodic=(Periodic("listening.come_round", 60, come_round),),
    commands=(command,),
)


def attach(settings: Settings) -> None:
    """Join a process to an application that has the feature."""
    app.attach(settings, (FEATURE,))


def fail_to_attach(settings: Settings) -> NoReturn:
    """Fail with an error."""
    raise RuntimeError("no such database here")


def die_attaching(settings: Settings) -> NoReturn:
    """End the process as a kill does: without a word."""
    os._exit(7)


def hang_attaching(settings: Settings) -> None:
    """Take longer than anybody waits."""
    time.sleep(600)


def die(demo: Demo) -> NoReturn:
    """End the process in the middle of a task."""
    os._exit(9)


def note_listeners(demo: Demo) -> None:
    """Leave the names of those who hear of counted lines in the demo's orders."""
    names: Any = [handler.__name__ for handler in facts._subscriptions[LinesCounted]]  # type: ignore[attr-defined]
    demo.orders["LinesCounted"] = names  # type: ignore[index]
