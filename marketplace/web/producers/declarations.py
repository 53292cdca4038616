"""What an application declares, as a form and as a checklist: fields by the kinds of facts, conditions as the rules see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import Schema, fields, validate

from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.certification.rules.evaluation import Evaluation
from marketplace.certification.rules.facts_of import DOCUMENTS, FACT_NAMES, FactName
from marketplace.certification.rules.rule_sets import RuleSet
from marketplace.certification.service.admission import FROM_DOSSIER
from marketplace.core.http.fields import Fen, OneOf, StrictInteger
from marketplace.core.money import format_yuan
from marketplace.web.kit import label
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import number

_MOST: Final = 10**12
#: 带贫模式 as agreements name them.
MODES: Final = {mode.code: mode.title_zh for mode in LINKAGE_MODES}


def _field(name: FactName) -> fields.Field[Any] | None:
    """The field of one fact; None for those that no person types (codes, and what the dossier says)."""
    if name.code in FROM_DOSSIER:
        return None
    text = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    by_kind: dict[str, fields.Field[Any]] = {
        "flag": fields.Boolean(load_default=False),
        "count": StrictInteger(minimum=0, maximum=_MOST, load_default=None, allow_none=True),
        "fen": Fen(minimum=0, load_default=None, allow_none=True),
        "decimal": text,
        "text": text,
        "codes": fields.List(OneOf(tuple(MODES)), load_default=list),
    }
    return by_kind.get(name.kind)


_BY_CODE: Final = {name.code: field for name in FACT_NAMES if (field := _field(name)) is not None}
#: The facts of the form, in its order.
FIELDS: Final = tuple(name for name in FACT_NAMES if name.code in _BY_CODE)


class DeclarationForm(Schema):
    """What the API takes as `facts`, a field for each."""

    facts = fields.Nested(Schema.from_dict(dict(_BY_CODE), name="ProducersFacts"), required=True)


PapersForm: Final[type[Schema]] = Schema.from_dict(
    {code: fields.UUID(load_default=None, allow_none=True) for code in DOCUMENTS}, name="ProducersPapers"
)


def merged(values: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """All that is declared: what was typed, and what the form does not ask for as it was."""
    kept = {code: value for code, value in values.items() if code not in FROM_DOSSIER}
    return {code: value for code, value in (kept | dict(typed)).items() if value is not None}


def declared(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and value of what was declared."""
    return [
        (label(name.title), _written(name, values[name.code]))
        for name in FIELDS
        if values.get(name.code) is not None
    ]


def _written(name: FactName, value: Any) -> str:
    if name.kind == "flag":
        return _("是") if value else _("否")
    if name.kind == "fen":
        return f"¥{format_yuan(value)}"
    if isinstance(value, list):
        return "、".join(label(MODES.get(one, one)) for one in value) or "—"
    shown = number(value) if name.kind == "count" else str(value)
    return f"{shown} {label(name.unit)}" if name.unit else shown


def checklist(judged: Sequence[tuple[RuleSet, Evaluation]], here: str) -> list[dict[str, Any]]:
    """A row for each condition in force today, with the value computed and the way to where it is filled in."""
    rows = []
    for rule_set, evaluation in judged:
        for condition, result in zip(rule_set.conditions, evaluation.conditions, strict=True):
            step = "papers" if "document" in condition.test else "facts"
            told = result.said_value if result.passed else result.said_reason
            rows.append(
                {
                    "ok": result.passed,
                    "title": label(result.title),
                    "note": f"{told.told(label)} {result.said_threshold.told(label)}",
                    "href": "" if result.passed else f"{here}/{step}",
                }
            )
    return rows


def papers(documents: Sequence[Mapping[str, Any]], here: str, *, is_open: bool) -> list[dict[str, Any]]:
    """A row for each kind of paper: there, or not there (which not every rule minds)."""
    there = {paper["code"]: paper["file_id"] for paper in documents}
    return [
        {
            "ok": True if code in there else None,
            "title": label(title),
            "note": "",
            "href": f"{here}/papers" if is_open and code not in there else "",
        }
        for code, title in DOCUMENTS.items()
    ]
