"""What a channel kind (专柜, 专馆, 专区 …) is: one file per kind, each an instance of `ChannelKind`.

A point of sale has exactly one kind, because each sold line belongs to exactly one channel (docs/rules.md, "Channels"). Pages,
facets and reports take titles and groups from the kind; nothing switches on its code.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, Literal

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, Range

from marketplace.core.errors import FieldProblem, InvalidMany

Terms = Mapping[str, Any]
Group = Literal["counter", "hall", "zone", "platform_832", "other"]

#: Columns of the monthly report; 其他渠道 makes them foot (docs/rules.md, "Channels").
GROUP_TITLES: Final[Mapping[Group, str]] = {
    "counter": "专柜",
    "hall": "专馆",
    "zone": "专区",
    "platform_832": "832平台",
    "other": "其他渠道",
}

#: Schemes by which goods can be certified aid; which of them count in which report is the scheme's own matter.
AID_SCHEMES: Final = ("national_2020", "provincial", "city_local", "assoc_2024")


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What a kind may look at before it lets an offer in: schemes with a certificate in force that day, and the supplier."""

    valid_schemes: frozenset[str]
    is_832_supplier: bool


class TermsSchema(Schema):
    """Base of the kinds' terms: unknown fields are refused, stored values are JSON types only."""

    class Meta:
        unknown = RAISE
        ordered = True

    contract_no = fields.String(validate=Length(1, 60), metadata={"description": "运营合同编号"})


class ChannelKind(ABC):
    """One kind of point of sale."""

    code: ClassVar[str]
    title_zh: ClassVar[str]
    title_en: ClassVar[str]
    group: ClassVar[Group]
    feed_code: ClassVar[str]
    """`salechnltp` of the feed upward: 01 专区, 02 专柜, 03 专馆, 00 where the feed has no code."""
    is_online: ClassVar[bool]
    holds_stock: ClassVar[bool]
    """Whether goods stand at the point of sale itself; else they are sent from the producer's store."""
    site_kinds: ClassVar[tuple[str, ...]] = ()
    """Codes of `sites.SITE_KINDS` at which such a point may stand; empty: it has no site."""
    accepted_schemes: ClassVar[tuple[str, ...]] = AID_SCHEMES
    """Under any other scheme a line is sold here, but not as certified aid."""
    buyer_kinds: ClassVar[tuple[str, ...]] = ()
    """Kinds of organisation that may buy here in their own name; empty: everybody."""
    terms_schema: ClassVar[type[TermsSchema]] = TermsSchema
    example_terms: ClassVar[Terms] = {}

    def parse_terms(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The terms as stored (JSON types). `InvalidMany` (``terms_invalid``) names each bad or unknown field."""
        schema = self.terms_schema()
        try:
            loaded = schema.load(dict(raw))
        except ValidationError as error:
            messages: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
            raise InvalidMany(
                "terms_invalid",
                f"{self.title_zh}的条款不符合要求",
                fields=[
                    FieldProblem(f"/terms/{name}", "terms_invalid", _first(problem))
                    for name, problem in sorted(messages.items())
                ],
            ) from error
        dumped: dict[str, Any] = schema.dump(loaded)
        return dumped

    def may_list(self, facts: ListingFacts) -> str | None:
        """None, or the code (`rules.REFUSALS`) of the reason why such an offer cannot be listed here at all."""
        del facts
        return None

    def accepts_buyer(self, organisation_kind: str, *, for_budget_unit: bool = False) -> bool:
        """Whether an organisation of that kind may buy here, in its own name or bound to a budget unit (staff, contractor)."""
        return not self.buyer_kinds or for_budget_unit or organisation_kind in self.buyer_kinds

    def levy_bp(self, terms: Terms, day: date) -> int:
        """Basis points of ordinary goods' sales that the operator owes to the aid fund on that Shanghai day; mostly 0."""
        del terms, day
        return 0


def _first(problem: object) -> str:
    """The first sentence in marshmallow's nest of messages."""
    while isinstance(problem, dict | list) and problem:
        problem = next(iter(problem.values())) if isinstance(problem, dict) else problem[0]
    return str(problem)


def text(title: str, *, required: bool = False) -> fields.String:
    """A short text term."""
    return fields.String(required=required, validate=Length(1, 120), metadata={"description": title})


def whole(title: str, minimum: int, maximum: int, *, required: bool = False) -> fields.Integer:
    """A whole-number term with its bounds."""
    return fields.Integer(
        strict=True,
        required=required,
        validate=Range(min=minimum, max=maximum, error="应为 {min} 至 {max} 之间的整数"),
        metadata={"description": title},
    )
