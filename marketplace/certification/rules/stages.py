"""The state machine of an application, built from its scheme's stage chain.

draft → submitted → the chain → published. An office that reviews, decides or files may return the application (it keeps
its number, is corrected and goes through the whole chain again) or reject it (the end). An open objection holds a public
notice until it is closed; a notice that is withdrawn leads back to the stage before it. The applicant may withdraw until the
first office has acted, or while it is returned. Source: docs/rules.md, "Stages of an application".
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
    before, state = "draft", "submitted"
    for step in scheme.steps:
        targets = [step.state]
        if state == "in_public_notice":
            targets += ["objection_open", before]
        if step.kind in REFUSING_KINDS:
            targets += ["returned", "rejected"]
        if state == "submitted":
            targets.append("withdrawn")
        table[state] = tuple(targets)
        before, state = state, step.state
    table[state] = ()
    if "in_public_notice" in table:
        back = state_before_notice(scheme)
        table["objection_open"] = ("in_public_notice", "returned", "rejected", back)
    table["returned"] = ("submitted", "withdrawn")
    table["rejected"] = table["withdrawn"] = ()
    return table


def state_before_notice(scheme: Scheme) -> str:
    """Where an application stands when it is due for its notice. ValueError for a scheme without one."""
    chain = ["submitted", *(step.state for step in scheme.steps)]
    return chain[chain.index("in_public_notice") - 1]


def is_clerical(scheme: Scheme, from_state: str, to_state: str) -> bool:
    """Whether a move is no judgement of the case: hanging up a notice or taking it down, holding it for an objection."""
    if to_state in ("in_public_notice", "objection_open"):
        return True
    in_notice = from_state in ("in_public_notice", "objection_open")
    return in_notice and to_state == state_before_notice(scheme)
