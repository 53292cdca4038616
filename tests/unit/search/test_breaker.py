"""When a breaker opens, who may try, and what closes it; time is turned by hand."""

from __future__ import annotations

import pytest

from search.engines.breaker import CHANGES, Breaker
from search.engines.protocol import EngineUnavailable


class Server:
    """Counts who comes, on a clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.is_well = False
        self.came = 0
        self.breaker = Breaker("one", failures=3, pause_seconds=10, clock=lambda: self.now)

    def work(self) -> str:
        self.came += 1
        if not self.is_well:
            raise EngineUnavailable("hangs")
        return "answer"

    def ask(self, times: int = 1) -> list[str]:
        told = []
        for _ in range(times):
            try:
                told.append(self.breaker.call(self.work))
            except EngineUnavailable as error:
                told.append(str(error))
        return told


REFUSED = "one: left alone after 3 failures in a row"


def test_it_opens_after_as_many_failures_in_a_row_as_told() -> None:
    server = Server()
    assert server.ask(5) == ["hangs", "hangs", "hangs", REFUSED, REFUSED]
    assert server.came == 3


def test_a_success_between_failures_begins_the_count_anew() -> None:
    server = Server()
    server.ask(2)
    server.is_well = True
    assert server.ask() == ["answer"]
    server.is_well = False
    assert server.ask(4) == ["hangs", "hangs", "hangs", REFUSED]


def test_after_the_pause_one_request_tries_and_a_failure_begins_the_next_pause() -> None:
    server = Server()
    server.ask(3)
    server.now += 9.9
    assert server.ask() == [REFUSED]
    server.now += 0.1
    assert server.ask(2) == ["hangs", REFUSED]
    server.now += 9.9
    assert server.ask() == [REFUSED]
    server.now += 0.1
    assert server.ask(2) == ["hangs", REFUSED]
    assert server.came == 5


def test_while_one_tries_the_others_are_refused_and_its_success_lets_them_in() -> None:
    server = Server()
    server.ask(3)
    server.now += 10
    server.is_well = True

    def trying() -> str:
        assert server.ask(2) == [REFUSED, REFUSED]
        return server.work()

    assert server.breaker.call(trying) == "answer"
    assert server.ask(2) == ["answer", "answer"]
    server.is_well = False
    assert server.ask(4) == ["hangs", "hangs", "hangs", REFUSED]


def test_what_began_before_it_opened_neither_closes_it_nor_prolongs_the_pause() -> None:
    server = Server()

    def slow_success() -> str:
        server.ask(3)
        return "late"

    assert server.breaker.call(slow_success) == "late"
    assert server.ask() == [REFUSED]
    server.now += 10
    server.is_well = True
    assert server.ask() == ["answer"]
    server.is_well = False

    def slow_failure() -> str:
        server.ask(3)
        server.now += 5
        raise EngineUnavailable("late")

    with pytest.raises(EngineUnavailable, match="late"):
        server.breaker.call(slow_failure)
    server.now += 5
    assert server.ask() == ["hangs"]


def test_an_error_of_another_kind_is_a_failure_and_passes_on() -> None:
    server = Server()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            server.breaker.call(lambda: 1 // 0)
    assert server.ask() == [REFUSED]
    server.now += 10
    with pytest.raises(KeyboardInterrupt):
        server.breaker.call(interrupted)
    server.now += 10
    server.is_well = True
    assert server.ask() == ["answer"]


def interrupted() -> None:
    raise KeyboardInterrupt


def test_opening_and_closing_are_counted_once_each() -> None:
    before = counted()
    server = Server()
    server.ask(5)
    server.now += 10
    server.ask(2)  # the next pause opens nothing anew
    assert counted() == (before[0] + 1, before[1])
    server.now += 10
    server.is_well = True
    server.ask(2)
    assert counted() == (before[0] + 1, before[1] + 1)


def counted() -> tuple[float, float]:
    samples = {
        sample.labels.get("to"): sample.value
        for metric in CHANGES.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["engine"] == "one"
    }
    return samples.get("open", 0.0), samples.get("closed", 0.0)
