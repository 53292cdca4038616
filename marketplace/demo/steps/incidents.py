"""What befalls certificates during the year: a suspension, two revocations.  All of invented products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from marketplace.certification.service.revocation import decide_revocation, propose_revocation
from marketplace.certification.service.standing import reinstate_certificate, suspend_certificate
from marketplace.core import files
from marketplace.core.actor import Actor
from marketplace.core.clock import period_of, shanghai
from marketplace.demo.context import Demo, at
from marketplace.demo.invented.draw import MARK
from marketplace.demo.world.cases import CASES


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that an office decides about the certificate of a case's product at an instant."""

    instant: datetime
    case: str
    act: Callable[[Session, Actor, Demo, str], object]

    @property
    def period(self) -> str:
        """Return the month in which it happens."""
        return period_of(self.instant)

    def happen(self, demo: Demo) -> None:
        """Let it happen, decided by the county."""
        officer = demo.actors[f"county|{CASES[self.case][1]}"]
        with at(self.instant) as session:
            self.act(session, officer, demo, f"case|{self.case}")


def _suspend(session: Session, officer: Actor, demo: Demo, key: str) -> object:
    return suspend_certificate(
        session, officer, demo.certificates[key], cause="quality_check", document_no=f"{MARK}-停1"
    )


def _reinstate(session: Session, officer: Actor, demo: Demo, key: str) -> object:
    return reinstate_certificate(session, officer, demo.certificates[key], document_no=f"{MARK}-复1")


def _leave(session: Session, officer: Actor, demo: Demo, key: str) -> object:
    proposal = propose_revocation(
        session, officer, demo.certificates[key], cause="own_request", grounds="主体申请退出"
    )
    return decide_revocation(
        session, _second(demo, key), proposal.number,
        verdict="approve", opinion="同意撤销", document_no=f"{MARK}-退1",
    )  # fmt: skip


def _strike(session: Session, officer: Actor, demo: Demo, key: str) -> object:
    report = files.store(
        session, officer, name="核查报告.txt", area_code=CASES[key.removeprefix("case|")][1],
        content=f"{MARK}\n外地产品冒充(演示用,非真实材料)\n".encode(),
    )  # fmt: skip
    proposal = propose_revocation(
        session, officer, demo.certificates[key],
        cause="origin_fraud", grounds="核查发现外地产品冒充", evidence=[report.id], void_from=date(2020, 6, 1),
    )  # fmt: skip
    return decide_revocation(
        session, _second(demo, key), proposal.number,
        verdict="approve", opinion="证据属实,同意撤销", document_no=f"{MARK}-撤1",
    )  # fmt: skip


def _second(demo: Demo, key: str) -> Actor:
    """The county's second officer: who proposes never decides."""
    return demo.actors[f"decider|{CASES[key.removeprefix('case|')][1]}"]


#: In the order of time.
INCIDENTS: Final = (
    Incident(shanghai(2020, 6, 10, 9), "suspended", _suspend),
    Incident(shanghai(2020, 7, 10, 9), "suspended", _reinstate),
    Incident(shanghai(2020, 8, 15, 9), "revoked", _leave),
    Incident(shanghai(2020, 10, 20, 9), "revoked_for_fraud", _strike),
)
