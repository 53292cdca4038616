"""Conditions of certification as reviewers and applicants read them, in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.certification.rules.said import said_of
from marketplace.web.kit import label
from marketplace.web.kit.words import catalogue


def evaluations_shown(frozen: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """The sets of an evaluation frozen with an application (None before it was handed in), titles and sentences translated."""
    return [
        {**one, "title": label(one["title"]), "conditions": [_condition(row) for row in one["conditions"]]}
        for one in (frozen or {}).get("sets", ())
    ]


def _condition(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: _told(row, name) for name in ("value", "threshold", "reason")}
    return {**row, "title": label(row["title"]), **told}


def _told(row: Mapping[str, Any], name: str) -> str:
    """By its code; of a result from before there were codes the sentence, translated where it stands alone."""
    if "said" in row:
        return said_of(row["said"][name]).told(label)
    text = str(row[name])
    return label(text) if text in catalogue() else text
