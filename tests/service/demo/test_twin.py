"""When the demo's second process fails the first one hears of it, and does not wait for ever."""

import operator

import pytest

from marketplace.demo.context import Demo
from marketplace.demo.twin import Twin, TwinFailed
from marketplace.demo.world import World
from tests.support import listening


@pytest.fixture
def world():
    """A world of nothing: these tests are about the process."""
    return World(producers=(), homes={}, agreements=(), buyers=(), sites=(), orders=())


def test_what_the_second_process_writes_is_heard_by_the_features_of_the_first_ones_application(
    app, database, world
):
    started = Twin.start(app.extensions["settings"], world, listening.attach)
    demo = Demo(world, lambda _: None, twin=started)
    try:
        started.begin(listening.note_listeners, demo)
        started.finish(demo)
    finally:
        started.stop()
    assert demo.orders == {"LinesCounted": ["post_counted", "listen"]}


@pytest.fixture
def twin(app, database, world):
    started = Twin.start(app.extensions["settings"], world, app.extensions["attach"])
    yield started
    started.stop()
    assert started.process.exitcode is not None


def test_a_task_that_fails_in_the_second_process_fails_the_first(twin, world):
    demo = Demo(world, lambda _: None, twin=twin)
    twin.begin(operator.index, demo)
    with pytest.raises(TwinFailed, match="the second process ended"):
        twin.finish(demo)


def test_a_second_process_that_is_gone_is_told_at_the_next_task(twin, world):
    demo = Demo(world, lambda _: None, twin=twin)
    twin.process.terminate()
    twin.process.join()
    with pytest.raises(TwinFailed, match="the second process ended"):
        twin.begin(operator.index, demo)


def test_what_the_second_process_gathered_is_the_first_ones_too(twin, world):
    demo = Demo(world, lambda _: None, twin=twin, orders={1: "one"})
    twin.begin(setattr, demo, "orders", {2: "two"})
    twin.finish(demo)
    assert demo.orders == {1: "one", 2: "two"}
