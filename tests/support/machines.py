"""How far a state machine is run: a few histories among the other tests, two hundred of fifty steps in `make test-machines`."""

from __future__ import annotations

from typing import Final

from hypothesis import HealthCheck, settings

RUNS, STEPS = 200, 50
#: Under `pytest --hypothesis-profile long`.
IS_LONG: Final = settings().max_examples >= RUNS


def of_length(runs: int, steps: int) -> settings:
    """Settings of a machine: `runs` histories of up to `steps` steps, or `RUNS` × `STEPS` with the long profile."""
    return settings(
        max_examples=RUNS if IS_LONG else runs,
        stateful_step_count=STEPS if IS_LONG else steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
