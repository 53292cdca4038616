"""Ways of attaching the demo's second process, to nothing or to no avail; they import no more than a process needs to begin."""

from __future__ import annotations

import os
import time
from typing import NoReturn

from marketplace.core.settings import Settings
from marketplace.demo.context import Demo


def attach_to_nothing(settings: Settings) -> None:
    """Be ready at once: for tasks that ask nothing of the service."""


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
