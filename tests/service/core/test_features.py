"""What a package above the marketplace adds: heard after the slices, there in every process, kept by a second compose."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from marketplace import app as application
from marketplace import cli
from marketplace.app import compose
from marketplace.certification.facts import CertificateChanged, CertificateRevoked
from marketplace.core import db, facts, jobs
from marketplace.core.settings import Settings
from marketplace.features import Feature
from marketplace.orders.facts import LinesCounted
from marketplace.wiring import FACTS, JOBS, PERIODIC
from tests.support.listening import FEATURE, come_round, command, listen, work
from wsgi import FEATURES


@pytest.fixture(autouse=True)
def wired_as_before() -> Iterator[None]:
    yield
    compose(FEATURES)


def test_a_features_handlers_hear_after_the_slices_own_and_its_jobs_and_periodic_work_are_there() -> None:
    compose((FEATURE,))
    assert facts._subscriptions[LinesCounted] == (*FACTS[LinesCounted], listen)
    assert facts._subscriptions[CertificateRevoked] == FACTS[CertificateRevoked]
    assert jobs._handlers == JOBS | {"listening.work": work}
    assert jobs._periodic == [*PERIODIC, *FEATURE.periodic]
    assert jobs._periodic[-1].run is come_round


def test_features_hear_in_the_order_in_which_they_are_given() -> None:
    def other(session: object, fact: object) -> None: ...

    compose((FEATURE, Feature(name="other", facts={LinesCounted: (other,)})))
    assert facts._subscriptions[LinesCounted] == (*FACTS[LinesCounted], listen, other)


def test_composing_again_without_saying_which_keeps_the_features_and_saying_none_drops_them() -> None:
    compose((FEATURE,))
    compose()
    assert facts._subscriptions[LinesCounted] == (*FACTS[LinesCounted], listen)
    compose(())
    assert facts._subscriptions[LinesCounted] == FACTS[LinesCounted]
    assert jobs._handlers == JOBS


@pytest.mark.parametrize(
    ("feature", "error"),
    [
        (Feature(name="deaf", facts={CertificateChanged: (listen,), str: (listen,)}), LookupError),
        (Feature(name="twice", jobs=dict.fromkeys([next(iter(JOBS))], work)), ValueError),
        (Feature(name="twice", periodic=PERIODIC[:1]), ValueError),
    ],
)
def test_a_feature_that_cannot_be_wired_is_refused_and_the_wiring_stays(
    feature: Feature, error: type[Exception]
) -> None:
    compose((FEATURE,))
    before = (dict(facts._subscriptions), dict(jobs._handlers), list(jobs._periodic))
    with pytest.raises(error, match=feature.name):
        compose((feature,))
    assert (facts._subscriptions, jobs._handlers, jobs._periodic) == before
    compose()
    assert facts._subscriptions == before[0]


def test_an_application_with_a_feature_has_its_routes_and_its_commands(
    app: Flask, shared_database: db.Database
) -> None:
    settings: Settings = app.extensions["settings"]
    made: list[Flask] = []
    feature = replace(FEATURE, install=lambda new, api: made.append(new))
    new = application.create_app(settings, (feature,))
    cli.register(new)
    assert made == [new]
    assert new.cli.get_command(None, "listening") is command  # type: ignore[arg-type]
    assert "listening" not in app.cli.commands
