"""What a package above the marketplace (search, admin) adds to the application, as one value.

The marketplace never imports such a package. The composition root hands its features over, and every process that writes
through services (web, worker, commands, a second process) composes the same ones: a sale made by a command is heard like any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import click
from flask import Flask

from marketplace.core import facts, jobs
from marketplace.core.facts import Handler
from marketplace.core.http import MarketplaceApi
from marketplace.core.jobs import JobHandler, LongJob, Repeated
from marketplace.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Derived:
    """Something a feature makes of the rows below it, which its periodic work keeps up to date, to be built whole at once.

    For who has written much and runs no worker: the demo. `size` is how many rows that is; `build` tells how many it has read.
    """

    title_zh: str
    size: Callable[[], int]
    build: Callable[[Callable[[int], None]], object]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A package on top: `install` adds routes and pages to a web application, the rest is there in every process.

    `start` is told the settings once the process is connected to its database.

    `facts`: its handlers of the slices' facts. `jobs`: handlers of its own kinds of job. `periodic`: work for every worker.
    `commands`: for the `flask` command line. `derived`: what the demo builds at its end.
    """

    name: str
    install: Callable[[Flask, MarketplaceApi], None] | None = None
    start: Callable[[Settings], None] | None = None
    facts: Mapping[type, Sequence[Handler]] = field(default_factory=dict)
    jobs: Mapping[str, JobHandler | LongJob] = field(default_factory=dict)
    periodic: Sequence[Repeated] = ()
    commands: Sequence[click.Command] = ()
    derived: Sequence[Derived] = ()


def wire(
    slice_facts: Mapping[type, Sequence[Handler]],
    slice_jobs: Mapping[str, JobHandler | LongJob],
    slice_periodic: Sequence[Repeated],
    features: Sequence[Feature],
) -> None:
    """Replace all wiring of the process: the slices' handlers first, then each feature's in the order given.

    LookupError when a feature listens to a fact that no slice declares; ValueError when two bring the same kind of job or
    periodic work of the same name. Nothing is wired then.
    """
    heard = {fact: [*handlers] for fact, handlers in slice_facts.items()}
    done: dict[str, JobHandler | LongJob] = dict(slice_jobs)
    periodic = [*slice_periodic]
    for feature in features:
        for fact, handlers in feature.facts.items():
            if fact not in heard:
                raise LookupError(
                    f"{feature.name} listens to {fact.__name__}, which marketplace.wiring does not declare"
                )
            heard[fact] += handlers
        _refuse_twice(feature, done, feature.jobs)
        done |= feature.jobs
        _refuse_twice(feature, [one.name for one in periodic], [one.name for one in feature.periodic])
        periodic += feature.periodic
    facts.compose(heard)
    jobs.compose(done, periodic)


def _refuse_twice(feature: Feature, known: Iterable[str], new: Iterable[str]) -> None:
    twice = sorted(set(known) & set(new))
    if twice:
        raise ValueError(f"{feature.name} brings what is there already: {', '.join(twice)}")
