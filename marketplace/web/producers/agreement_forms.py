"""The form of an agreement's version: terms in yuan and percent, products as rows, the roster as lines or as a file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from flask_smorest.fields import Upload
from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate

from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.beneficiaries.schemas.agreements import AgreementIn, CoverageIn, VersionIn
from marketplace.beneficiaries.service import NewVersion
from marketplace.core.http.fields import BasisPoints, Fen, Line, StrictInteger
from marketplace.web.agreements_shown import Term, terms_of_mode
from marketplace.web.kit.rows import meant

MOST_PRODUCTS: Final = 60
#: What of a row says that it is meant.
PRODUCT: Final = ("product_id", "linked_bp", "evidence")
_SEPARATORS: Final = re.compile(r"[\s,;、]+")
_FIELDS: Final = {"fen": Fen, "rate": BasisPoints, "milli": StrictInteger, "whole": StrictInteger}


class RosterLines(fields.Field[list[dict[str, int]]]):
    """A household a line, its number and then its parts, 1 where none are said: ``1024 2``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[dict[str, int]]:
        found = []
        for line in _lines(value):
            figures = [one for one in _SEPARATORS.split(line) if one]
            if not 1 <= len(figures) <= 2 or not all(map(_is_number, figures)):
                raise ValidationError("每行应为户编号和份额两个整数")
            found.append({"household_no": int(figures[0]), "parts": int((*figures, "1")[1])})
        return found


class HouseholdNumbers(fields.Field[list[int]]):
    """Numbers of households, however they are set apart."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[int]:
        figures = [one for line in _lines(value) for one in _SEPARATORS.split(line) if one]
        if not all(map(_is_number, figures)):
            raise ValidationError("应为户编号,用空格或逗号隔开")
        return [int(one) for one in figures]


def _lines(value: Any) -> list[str]:
    return [line.strip() for line in unicodedata.normalize("NFKC", str(value)).splitlines() if line.strip()]


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d{1,12}", text, re.ASCII) is not None


def _schema(terms: Sequence[Term], name: str) -> type[Schema]:
    return Schema.from_dict({one.name: _field(one) for one in terms}, name=name)


def _field(term: Term) -> fields.Field[Any]:
    if term.kind == "rows":
        return fields.List(fields.Nested(_schema(term.parts, f"{term.name}_row")), load_default=None)
    if term.kind == "text":
        return Line(200, load_default=None, allow_none=True)
    figure: fields.Field[Any] = _FIELDS[term.kind](load_default=None, allow_none=True)
    return figure


#: The terms of every mode; a page shows those of its agreement's, and the service says which must be there.
Terms: Final = _schema([one for mode in LINKAGE_MODES for one in terms_of_mode(mode.code)], "Terms")


class VersionForm(VersionIn):
    """The API's version; terms in yuan and percent, the roster as lines or as a file."""

    terms = fields.Nested(Terms, load_default=dict)  # type: ignore[assignment]
    products = fields.List(
        fields.Nested(CoverageIn), load_default=list, validate=validate.Length(max=MOST_PRODUCTS)
    )
    roster = RosterLines(load_default=list)  # type: ignore[assignment]
    left = HouseholdNumbers(load_default=list)  # type: ignore[assignment]
    file = Upload(load_default=None)

    @pre_load
    def _blanks(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return meant(data, "products", PRODUCT)

    @post_load
    def _make(self, data: dict[str, Any], **options: Any) -> NewVersion:
        data.pop("file")
        data["terms"] = {name: value for name, value in data["terms"].items() if value is not None}
        made: NewVersion = super()._make(data, **options)
        return made


class OpeningForm(VersionForm, AgreementIn):
    """An agreement to open and its first version in one: loaded as ``{"opening": …, "version": NewVersion}``.

    The mode stands in the page's address, as the terms that are asked follow from it.
    """

    class Meta:
        exclude = ("mode", "is_demo")

    @post_load
    def _make(self, data: dict[str, Any], **options: Any) -> Any:
        opening = {name: data.pop(name) for name in ("producer_id", "title", "area_code", "collective_id")}
        return {"opening": opening, "version": super()._make(data, **options)}
