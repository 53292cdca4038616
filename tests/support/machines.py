"""How far a state machine is run: a few histories among the other tests, two hundred of fifty steps in `make test-machines`."""

from __future__ import annotations

from typing import Final, TypeVar

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine

M = TypeVar("M", bound=RuleBasedStateMachine)
RUNS, STEPS = 200, 50
#: Under `pytest --hypothesis-profile long`.
IS_LONG: Final = settings().max_examples >= RUNS


def of_length(runs: int, steps: int, parts: int = 1) -> settings:
    """Settings of a machine: `runs` histories of up to `steps` steps, or `RUNS` × `STEPS` with the long profile.

    `parts`: how many tests share the histories, each in a process of its own (``xdist_group``), where one takes minutes.
    """
    return settings(
        max_examples=(RUNS if IS_LONG else runs) // parts,
        stateful_step_count=STEPS if IS_LONG else steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def part_of(machine: type[M], part: int) -> type[M]:
    """The machine for one of several tests that share its histories.

    Where nothing is left to chance (hypothesis does so under CI) each draws by a seed of its own, or all would draw the same.
    """
    found = type(machine.__name__, (machine,), {})
    return seed(part)(found) if settings().derandomize else found
