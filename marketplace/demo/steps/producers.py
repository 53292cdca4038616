"""Producers and their products: the published ones with their names and figures, the invented ones marked 演示数据.

Each has one clerk who applies, drafts agreements and fulfils orders.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.accounts.service.bulk import NewAccount, open_accounts
from marketplace.accounts.service.organisations import NewOrganisation
from marketplace.accounts.service.organisations import register as register_organisation
from marketplace.core.actor import WHOLE_COUNTRY
from marketplace.demo.context import Demo, chunks, on
from marketplace.demo.invented.draw import MARK
from marketplace.demo.published.figures import Helped
from marketplace.demo.published.names import simplified
from marketplace.demo.world.producers import PlannedProducer, PlannedProduct
from marketplace.producers.categories import suggest
from marketplace.producers.models import Producer
from marketplace.producers.rules import ProductDraft, paragraphs, published_amount
from marketplace.producers.service import products
from marketplace.producers.service.producers import NewProducer, register

REGISTERED: Final = date(2018, 2, 1)
#: Kinds that published names speak of, as the dossier's kinds; a cooperative of either sort keeps its own.
_ENTITY_KIND: Final = {
    "farm": "family_farm",
    "base": "aid_base",
    "workshop": "aid_workshop",
    "unnamed_form": "enterprise",
}


def build(demo: Demo) -> None:
    """Register every producer with dossier, clerk and products; fills `organisations`, `producers`, `products`, `actors`."""
    for some in chunks(demo.world.producers, 50):
        with on(REGISTERED) as session:
            for planned in some:
                _register(demo, session, planned)
            clerks = [
                NewAccount(f"{planned.name}经办员", f"producer.{planned.uscc.lower()}", ("producer",), WHOLE_COUNTRY,
                           demo.organisations[planned.key])
                for planned in some
            ]  # fmt: skip
            for planned, actor in zip(
                some, open_accounts(session, demo.actors["security|000000"], clerks), strict=True
            ):
                demo.actors[f"producer|{planned.key}"] = actor
        demo.tick(len(some))


def _register(demo: Demo, session: Session, planned: PlannedProducer) -> None:
    operator = demo.actors["platform|000000"]
    organisation = register_organisation(
        session,
        operator,
        NewOrganisation(
            "producer", planned.name, planned.county, uscc=planned.uscc, size_class="small", is_demo=True
        ),
    )
    producer = register(
        session, operator,
        NewProducer(organisation.id, entity_kind(planned), is_832_supplier=planned.sells_on_832, published=_published(planned)),
    )  # fmt: skip
    demo.organisations[planned.key] = organisation.id
    demo.producers[planned.key] = producer.id
    for product in planned.products:
        demo.products[product.key] = _product(demo, session, producer, product)


def entity_kind(planned: PlannedProducer) -> str:
    """Return the dossier's kind of a producer; 龙头企业 only where a published list gives that title."""
    if (
        planned.published is not None
        and planned.published.is_leading_enterprise
        and planned.kind == "enterprise"
    ):
        return "leading_enterprise"
    return _ENTITY_KIND.get(planned.kind, planned.kind)


def _product(demo: Demo, session: Session, producer: Producer, planned: PlannedProduct) -> Any:
    category = suggest(simplified(planned.name)) or suggest(simplified(planned.brand + planned.name))
    if category is None:
        raise ValueError(f"no category for {planned.name}")
    was = planned.published
    draft = ProductDraft(
        name=planned.name,
        category_code=category.code,
        spec=planned.spec,
        unit=planned.unit,
        origin_area=planned.origin_area,
        brand=planned.brand or None,
        description=_description(planned),
        net_weight_g=planned.net_weight_g,
        commodity_value_fen=was.value.value_fen if was is not None and was.value is not None else None,
        published=_published_product(planned),
    )
    return products.register(session, demo.actors["platform|000000"], producer, draft).id


def _description(planned: PlannedProduct) -> str | None:
    """The lists, titles and protections under which the product was published, a line each; nothing for an invented one."""
    if planned.published is None:
        return None
    batches = ((one.catalogue, one.batch) for one in planned.published.listings)
    lines = [f"{catalogue}({batch})" if batch else catalogue for catalogue, batch in batches if catalogue]
    return paragraphs("\n".join(dict.fromkeys(lines)))


def _published(planned: PlannedProducer) -> dict[str, Any]:
    """What was published of a producer, and which of its fields nobody published."""
    invented = ["uscc", "size_class"] + (["production_area"] if planned.county_is_invented else [])
    was = planned.published
    if was is None:
        return {"mark": MARK, "invented": ["name", *invented, "production_area"]}
    return {
        "mark": MARK,
        "invented": invented,
        "spellings": list(was.spellings),
        "figures": was.figures_text,
        "helped": _helped(was.helped),
        "titles": [{"title": one.title, "batch": one.batch, "source": one.source} for one in was.titles],
        "province_doubtful": was.province_doubtful,
    }


def _published_product(planned: PlannedProduct) -> dict[str, Any]:
    was = planned.published
    if was is None:
        return {"mark": MARK, "invented": ["name", "spec", "price"]}
    return {
        "mark": MARK,
        "invented": ["spec", "net_weight_g", "price"] + ([] if was.has_county else ["origin_area"]),
        "place": was.place,
        "certificate_no": was.certificate_no,
        "commodity_value": published_amount(was.value) if was.value is not None else None,
        "helped": _helped(was.helped),
        "listings": [
            {"catalogue": one.catalogue, "batch": one.batch, "source": one.source} for one in was.listings
        ],
    }


def _helped(helped: Helped | None) -> dict[str, Any] | None:
    if helped is None:
        return None
    return {
        "raw_text": helped.raw_text,
        "households": helped.households.value if helped.households else None,
        "persons": helped.persons.value if helped.persons else None,
    }
