"""Versions of an agreement as both sides read them, and the terms of a mode as people read and type them.

The terms are stored in fen, basis points and thousandths, which their titles say; people read and type yuan, percent and units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import fields
from sqlalchemy.orm import Session

from marketplace.beneficiaries.linkage import linkage_mode
from marketplace.beneficiaries.rules import LINKED_BASES, VERSION_TITLES
from marketplace.beneficiaries.service.differences import differences
from marketplace.beneficiaries.service.lists import AgreementView
from marketplace.core.http.locale import request_locale
from marketplace.producers.service.public import names_of
from marketplace.web.kit import choices, label, note
from marketplace.web.kit import say as _
from marketplace.web.kit.shown import number, percent, yuan

#: How the tone of a version's badge follows its state.
TONES: Final = {"approved": "good", "refused": "bad", "submitted": "warn"}

#: Units of terms by the end of their names, where they are others than the form's own 元 and %.
_UNITS: Final = {"_fen_per_kg": note("元/公斤"), "_milli_per_kg": note("公斤"), "_milli_mu": note("亩")}


@dataclass(frozen=True)
class Term:
    """One of the terms of a mode. `described`: its title with the unit as stored; `kind`: how it is read and typed.

    `titles` are its choices, `parts` the terms of a row where it is a list of rows.
    """

    name: str
    described: str
    kind: str
    titles: Mapping[str, str]
    parts: tuple[Term, ...] = ()

    @property
    def title(self) -> str:
        """Its title in the language of the request, without the unit in which it is stored."""
        told = label(self.described)
        return told if self.kind in ("whole", "text", "rows") else told.rpartition("(")[0].rstrip()

    @property
    def unit(self) -> str:
        """Its unit as people say it, in the language of the request; empty for the form's own, or none."""
        return next((_(unit) for end, unit in _UNITS.items() if self.name.endswith(end)), "")

    @property
    def options(self) -> list[tuple[str, str]]:
        """Its choices with their titles in the language of the request."""
        return choices(self.titles)


def terms_of_mode(mode: str) -> list[Term]:
    """The terms of a mode in the order of its schema."""
    return [_term(name, field) for name, field in linkage_mode(mode).terms_schema().fields.items()]


def versions_shown(session: Session, view: AgreementView) -> dict[str, Any]:
    """What `macros/agreement.html` reads of an agreement's versions: each with what it changes."""
    products = {one.product_id for version in view.versions for one in version.products}
    return {
        "agreement": view.agreement,
        "versions": view.versions,
        "changes": differences(view.versions),
        "names": names_of(session, products),
        "bases": LINKED_BASES,
        "mode_title": mode_title,
        "version_titles": VERSION_TITLES,
        "tones": TONES,
        "terms_of": terms_of,
        "explain": explain,
        "term_title": term_title,
        "changed_text": changed_text,
    }


def mode_title(code: str) -> str:
    """What a mode of linkage is called."""
    return label(linkage_mode(code).title_zh)


def terms_of(mode: str, terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The terms of a version, title and text."""
    return [(one.title, _written(one, terms[one.name])) for one in terms_of_mode(mode) if one.name in terms]


def explain(mode: str, terms: Mapping[str, Any]) -> str:
    """The formula with its numbers, one sentence in the language of the request."""
    formula = linkage_mode(mode).formula(terms)
    return formula.told() if request_locale() == "zh" else formula.told_in(label)


def term_title(mode: str, name: str) -> str:
    """The title of one of the terms; its name where the mode has it no more."""
    return next((one.title for one in terms_of_mode(mode) if one.name == name), name)


def changed_text(mode: str, name: str, value: Any) -> str:
    """One side of a difference in a term."""
    if value is None:
        return _("无")
    return next((_written(one, value) for one in terms_of_mode(mode) if one.name == name), str(value))


def _term(name: str, field: fields.Field[Any]) -> Term:
    inner: Any = getattr(field, "inner", None)
    parts = inner.schema.fields.items() if isinstance(inner, fields.Nested) else ()
    return Term(
        name=name,
        described=str(field.metadata.get("description", name)),
        kind=_kind(name, field),
        titles=field.metadata.get("titles", {}),
        parts=tuple(_term(*part) for part in parts),
    )


def _kind(name: str, field: fields.Field[Any]) -> str:
    if isinstance(field, fields.List):
        return "rows"
    if not isinstance(field, fields.Integer):
        return "text"
    for part, kind in (("_fen_", "fen"), ("_bp_", "rate"), ("_milli_", "milli")):
        if part in f"{name}_":
            return kind
    return "whole"


def _written(term: Term, value: Any) -> str:
    if term.kind == "rows":
        return "、".join(f"{one['title_zh']} {percent(one['share_bp'])}" for one in value)
    if term.kind == "fen":
        return yuan(value) + (f" ({term.unit})" if term.unit else "")
    if term.kind == "rate":
        return percent(value)
    if term.kind == "milli":
        whole, rest = divmod(value, 1_000)
        return f"{whole:,}.{rest:03d}".rstrip("0").rstrip(".") + (f" {term.unit}" if term.unit else "")
    return number(value) if isinstance(value, int) else label(term.titles.get(value, value))
