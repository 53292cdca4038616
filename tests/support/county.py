"""A county with a producer, its clerk, the county's officer and some households."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Organisation, Person
from marketplace.accounts.permissions import role
from marketplace.attribution.models import Period
from marketplace.beneficiaries.models import Agreement, AgreementVersion
from marketplace.beneficiaries.rules import HouseholdState
from marketplace.beneficiaries.service import (
    Coverage,
    NewHousehold,
    NewVersion,
    Standing,
    approve_version,
    create_agreement,
    draft_version,
    load_households,
    submit_version,
)
from marketplace.core.actor import Actor, Held
from marketplace.core.clock import utcnow
from marketplace.producers.models import Producer, Product

COUNTY = "441403"
VILLAGE = "441403101201"
OTHER_VILLAGE = "441422101201"


@dataclass
class World:
    session: Session
    producer: Producer
    product: Product
    clerk: Actor
    officer: Actor

    def actor(self, role_code: str, area: str = COUNTY, owner: uuid.UUID | None = None) -> Actor:
        return make_actor(self.session, role_code, area, owner)

    def standing(self, **changes: Any) -> Standing:
        values: dict[str, Any] = {
            "state": HouseholdState("graduated"),
            "from_day": date(2020, 1, 1),
            "members": 4,
            "labour": 2,
            "document_no": "梅县扶〔2020〕1号",
        }
        return Standing(**values | changes)

    def household(self, **changes: Any) -> NewHousehold:
        values: dict[str, Any] = {
            "area_code": VILLAGE,
            "file_standard": "gd_relative",
            "standing": self.standing(),
            "is_demo": True,
        }
        return NewHousehold(**values | changes)

    def households(self, count: int) -> list[int]:
        return load_households(self.session, self.officer, [self.household()] * count)

    def agreement(self, mode: str = "sales_rebate") -> Agreement:
        return create_agreement(
            self.session,
            self.clerk,
            producer_id=self.producer.id,
            mode=mode,
            title="金柚返利协议",
            area_code=COUNTY,
        )

    def version(self, roster: list[tuple[int, int]], **changes: Any) -> NewVersion:
        values: dict[str, Any] = {
            "terms": {"rebate_bp": 1_000},
            "from_day": date(2020, 9, 1),
            "products": [Coverage(self.product.id, 1_000, "raw_material", "收购台账第3页")],
            "roster": roster,
            "share_unit": "户",
        }
        return NewVersion(**values | changes)

    def approved(self, agreement: Agreement, new: NewVersion) -> AgreementVersion:
        drafted = draft_version(self.session, self.clerk, agreement.number, new)
        submit_version(self.session, self.clerk, agreement.number, drafted.version)
        return approve_version(
            self.session,
            self.officer,
            agreement.number,
            drafted.version,
            document_no="梅县扶〔2020〕9号",
            opinion="同意",
        )

    def close(self, period: str) -> None:
        self.session.add(Period(period=period, state="closed", closed_at=utcnow()))
        self.session.flush()


def make_actor(session: Session, role_code: str, area: str, owner: uuid.UUID | None = None) -> Actor:
    person = Person(display_name=role_code, created_at=utcnow())
    session.add(person)
    session.flush()
    account = Account(person_id=person.id, login=f"{role_code}-{person.id}", created_at=utcnow())
    session.add(account)
    session.flush()
    held = Held(role_code, role(role_code).permissions, area, owner)
    return Actor(account.id, person.id, owner, (held,))


def make_producer(session: Session, name: str, *, product: str, **changes: Any) -> tuple[Producer, Product]:
    """A cooperative of the county with one product; `changes` are of the product."""
    organisation = Organisation(
        kind="producer", name=name, area_code=COUNTY, is_demo=True, created_at=utcnow()
    )
    session.add(organisation)
    session.flush()
    producer = Producer(
        organisation_id=organisation.id,
        name=organisation.name,
        entity_kind="cooperative",
        registered_area=COUNTY,
        production_area=COUNTY,
        is_demo=True,
        created_at=utcnow(),
    )
    session.add(producer)
    session.flush()
    values: dict[str, Any] = {
        "producer_id": producer.id,
        "name": product,
        "category_code": "fruit",
        "spec": "5斤装",
        "unit": "箱",
        "net_weight_g": 2_500,
        "origin_area": COUNTY,
        "tax_treatment": "exempt_self_produced",
        "is_demo": True,
        "created_at": utcnow(),
    }
    made = Product(**values | changes)
    session.add(made)
    session.flush()
    return producer, made


def make_world(session: Session) -> World:
    producer, product = make_producer(session, "梅县金柚合作社(演示)", product="金柚")
    return World(
        session,
        producer,
        product,
        make_actor(session, "producer", COUNTY, producer.organisation_id),
        make_actor(session, "county_officer", COUNTY),
    )


def neighbour(world: World) -> World:
    """Another producer of the same county, with a product and a clerk of its own."""
    _, product = make_producer(world.session, "兴宁演示合作社", product="绿茶")
    producer = world.session.get_one(Producer, product.producer_id)
    clerk = world.actor("producer", COUNTY, producer.organisation_id)
    return World(world.session, producer, product, clerk, world.officer)
