"""A feature that only listens, and a process attached to an application that has it."""

from __future__ import annotations

from typing import Any

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


def note_listeners(demo: Demo) -> None:
    """Leave the names of those who hear of counted lines in the demo's orders."""
    names: Any = [handler.__name__ for handler in facts._subscriptions[LinesCounted]]  # type: ignore[attr-defined]
    demo.orders["LinesCounted"] = names  # type: ignore[index]
