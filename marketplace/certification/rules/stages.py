"""The state machine of an application, built from its scheme's stage chain.

draft → submitted → the chain → published. An office that reviews, decides or files may return the application (it keeps
its number, is corrected and goes through the whole chain again) or reject it (the end). An open objection holds a public
notice until it is closed. The applicant may withdraw until the first office has acted, or while it is returned.
Source: docs/rules.md, "Stages of an application".
"""

from __future__ import annotations

from functools import cache
from typing import Final

from marketplace.certification.rules.schemes import Scheme, schemes
from marketplace.core.states import StateMachine

REFUSING_KINDS: Final = ("review", "decision", "filing")


@cache
def machine_of(scheme_code: str) -> StateMachine:
    """The checked transition table of that scheme's applications. KeyError for an unknown scheme."""
    scheme = schemes()[scheme_code]
    return StateMachine(f"application[{scheme_code}]", _transitions(scheme), "draft")


def _transitions(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {"draft": ("submitted", "withdrawn")}
    state = "submitted"
    for step in scheme.steps:
        targets = [step.state]
        if state == "in_public_notice":
            targets.append("objection_open")
        if step.kind in REFUSING_KINDS:
            targets += ["returned", "rejected"]
        if state == "submitted":
            targets.append("withdrawn")
        table[state] = tuple(targets)
        state = step.state
    table[state] = ()
    if "in_public_notice" in table:
        table["objection_open"] = ("in_public_notice", "returned", "rejected")
    table["returned"] = ("submitted", "withdrawn")
    table["rejected"] = table["withdrawn"] = ()
    return table
