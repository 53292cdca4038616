"""Certification schemes (认定名录) read from ``certification/data/schemes.toml`` and checked when loaded.

A scheme says who may apply from which provinces, which offices decide in which order, how long a certificate holds, how
its public notice runs, and in which reports sales under it are aid sales.
Where a sale counts: docs/rules.md, "Certification schemes".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from marketplace.certification.rules.notices import NoticeTerms, read_notice_terms
from marketplace.core.errors import Invalid

DATA: Final = Path(__file__).parent.parent / "data"

COUNTS_AS_AID: Final = ("national", "province", "city", "none")
LEVELS: Final = ("town", "county", "city", "province", "national")
STEP_KINDS: Final = ("review", "notice", "decision", "filing", "issue")

STATE_TITLES: Final = {
    "draft": "草稿",
    "submitted": "已提交",
    "township_reviewed": "镇办初审通过",
    "sector_reviewed": "行业复审通过",
    "county_recommended": "县级推荐",
    "county_proposed": "县级拟认定",
    "in_public_notice": "公示中",
    "objection_open": "异议处理中",
    "county_decided": "县级认定",
    "city_reviewed": "市级审核通过",
    "province_rechecked": "省级复核通过",
    "association_rechecked": "促进会复核通过",
    "association_audited": "促进会审核通过",
    "platform_reviewed": "平台审核通过",
    "record_filing": "汇总备案",
    "published": "已发布",
    "returned": "退回修改",
    "rejected": "不予认定",
    "withdrawn": "已撤回",
}


@dataclass(frozen=True)
class Step:
    """One link of a stage chain: the state reached, and the office level, permission and kind of act that reach it.

    limit_days are working days within which the office should act.
    """

    state: str
    level: str
    permission: str
    kind: str
    limit_days: int


@dataclass(frozen=True)
class Scheme:
    """A certification scheme. `places` are two-digit province prefixes admitted; empty means everywhere."""

    code: str
    title: str
    counts_as_aid: str
    counts_from: date | None
    counts_in_reserve: bool
    validity_months: int
    places: tuple[str, ...]
    applicant_kinds: tuple[str, ...]
    notice: NoticeTerms | None
    steps: tuple[Step, ...]

    def admits_place(self, area_code: str) -> bool:
        """Whether a product made in that area (6 digits or more) may be put forward."""
        return not self.places or area_code.startswith(self.places)

    def makes_certified_aid(self, day: date) -> bool:
        """Whether a sale on that Shanghai day under this scheme has goods_class ``certified_aid`` at all."""
        return self.counts_as_aid != "none" and self.counts_from is not None and self.counts_from <= day

    def counts_in(self, report_area: str, certified_area: str, day: date) -> bool:
        """Whether the sale is 扶贫产品销售额 in the report of `report_area` ("" is the nation, else 2, 4 or 6+ digits).

        national schemes count in every report; provincial ones in reports of the certifying province and below, city ones in
        reports of the certifying city and below (domain decision 2).
        """
        if not self.makes_certified_aid(day):
            return False
        width = {"national": 0, "province": 2, "city": 4}[self.counts_as_aid]
        return len(report_area) >= width and report_area[:width] == certified_area[:width]

    def step_to(self, state: str) -> Step | None:
        """The step that reaches `state`, or None for draft, submitted, what lies beside the chain."""
        return next((step for step in self.steps if step.state == state), None)

    def step_after(self, state: str) -> Step | None:
        """The step due in `state`: the first one for ``submitted``, None where nothing of the chain is due."""
        chain = ("submitted", *(step.state for step in self.steps))
        if state not in chain or state == chain[-1]:
            return None
        return self.steps[chain.index(state)]


@cache
def schemes() -> Mapping[str, Scheme]:
    """All schemes by code, in the order of the file. Raises ValueError when the file breaks its own grammar."""
    raw = tomllib.loads((DATA / "schemes.toml").read_text(encoding="utf-8"))
    return {entry["code"]: _read_scheme(entry) for entry in raw["scheme"]}


def scheme_of(code: str) -> Scheme:
    """The scheme of that code; `Invalid` (code ``scheme_unknown``) when there is none."""
    found = schemes().get(code)
    if found is None:
        raise Invalid("scheme_unknown", "没有这一认定名录", pointer="/scheme")
    return found


def _read_scheme(raw: Mapping[str, Any]) -> Scheme:
    code = raw["code"]
    steps = tuple(Step(s["state"], s["level"], s["permission"], s["kind"], s["days"]) for s in raw["steps"])
    for step in steps:
        if step.state not in STATE_TITLES or step.level not in LEVELS or step.kind not in STEP_KINDS:
            raise ValueError(f"{code}: step {step} is not in the grammar")
    if not steps or steps[-1].kind != "issue" or steps[-1].state != "published":
        raise ValueError(f"{code}: the chain must end with the issue of the certificate")
    notice = read_notice_terms(raw["notice"]) if "notice" in raw else None
    if (notice is not None) != any(step.kind == "notice" for step in steps):
        raise ValueError(f"{code}: notice terms and a notice step go together")
    if raw["counts_as_aid"] not in COUNTS_AS_AID:
        raise ValueError(f"{code}: counts_as_aid {raw['counts_as_aid']}")
    if (raw["counts_as_aid"] == "none") != ("counts_from" not in raw):
        raise ValueError(f"{code}: counts_from belongs to schemes that count, and only to them")
    return Scheme(
        code=code,
        title=raw["title"],
        counts_as_aid=raw["counts_as_aid"],
        counts_from=raw.get("counts_from"),
        counts_in_reserve=raw.get("counts_in_reserve", False),
        validity_months=raw["validity_months"],
        places=tuple(raw["places"]),
        applicant_kinds=tuple(raw["applicant_kinds"]),
        notice=notice,
        steps=steps,
    )
