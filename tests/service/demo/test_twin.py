"""When the demo's second process fails the first one hears of it, and does not wait for ever."""

import operator

import pytest

from marketplace.demo.context import Demo
from marketplace.demo.twin import Twin, TwinFailed
from marketplace.demo.world import World
from tests.support import attaching, listening


@pytest.fixture
def world():
    """A world of nothing: these tests are about the process."""
    return World(producers=(), homes={}, agreements=(), buyers=(), sites=(), orders=())


def test_what_the_second_process_writes_is_heard_by_the_features_of_the_first_ones_application(
    app, database, world
):
    started = Twin.start(app.extensions["settings"], listening.attach)
    demo = Demo(world, lambda _: None, twin=started)
    try:
        started.begin(listening.note_listeners, demo)
        started.finish(demo)
    finally:
        started.stop()
    assert demo.orders == {"LinesCounted": ["post_counted", "charge_counted", "settle_counted", "listen"]}


@pytest.fixture
def twin(app, database):
    started = Twin.start(app.extensions["settings"], attaching.attach_to_nothing)
    yield started
    started.stop()
    assert started.process.exitcode is not None


def test_a_task_that_fails_in_the_second_process_fails_the_first_with_its_traceback(twin, world):
    demo = Demo(world, lambda _: None, twin=twin)
    twin.begin(operator.index, demo)
    with pytest.raises(TwinFailed, match=r"(?s)failed during its task:\nTraceback.*TypeError: 'Demo' object"):
        twin.finish(demo)


def test_a_second_process_that_dies_in_a_task_is_told_with_its_exit_code(twin, world):
    demo = Demo(world, lambda _: None, twin=twin)
    twin.begin(attaching.die, demo)
    with pytest.raises(TwinFailed, match="ended during its task without a word, exit code 9"):
        twin.finish(demo)


def test_a_second_process_that_is_gone_is_told_at_the_next_task(twin, world):
    demo = Demo(world, lambda _: None, twin=twin)
    twin.begin(setattr, demo, "orders", {})
    twin.finish(demo)
    twin.process.terminate()
    twin.process.join()
    with pytest.raises(TwinFailed, match="ended before its next task without a word, exit code -15"):
        twin.begin(operator.index, demo)


@pytest.mark.parametrize(
    ("attach", "said"),
    [
        (
            attaching.fail_to_attach,
            r"(?s)failed while it started:\nTraceback.*RuntimeError: no such database here",
        ),
        (attaching.die_attaching, "ended while it started without a word, exit code 7"),
    ],
)
def test_a_second_process_that_dies_while_it_starts_is_not_waited_for(app, database, world, attach, said):
    with Twin.start(app.extensions["settings"], attach) as started, pytest.raises(TwinFailed, match=said):
        started.begin(operator.index, Demo(world, lambda _: None, twin=started))
    assert started.process.exitcode in (1, 7)


def test_a_second_process_that_does_not_get_ready_in_time_is_ended(app, database, world):
    with (
        Twin.start(app.extensions["settings"], attaching.hang_attaching, start_seconds=2) as started,
        pytest.raises(TwinFailed, match="was not ready 2 seconds after its start"),
    ):
        started.begin(operator.index, Demo(world, lambda _: None, twin=started))
    assert started.process.exitcode == -9


def test_what_the_second_process_gathered_is_the_first_ones_too(twin, world):
    demo = Demo(world, lambda _: None, twin=twin, orders={1: "one"})
    twin.begin(setattr, demo, "orders", {2: "two"})
    twin.finish(demo)
    assert demo.orders == {1: "one", 2: "two"}
