"""A product with households behind it, with people who have names, ID numbers and telephones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.beneficiaries.service import Identity, NewMember, register
from marketplace.core.db import transaction
from marketplace.core.identifiers import build_resident_id
from marketplace.producers.service import contacts
from tests.catalogue_world import World as Catalogue
from tests.support.county import COUNTY, World, make_actor, make_producer
from tests.support.searching import Goods


@dataclass(frozen=True)
class Someone:
    """A person of a test."""

    name: str
    resident_id: str
    telephone: str


PEOPLE = tuple(
    Someone(name, build_resident_id(f"44140319600101{serial:03d}"), f"1390013{serial:04d}")
    for serial, name in enumerate(("欧阳澹台", "慕容鲜于", "司徒万俟", "尉迟闾丘", "赫连宇文"), 1)
)


def of_people(people: Sequence[Someone]) -> set[str]:
    """What must stand nowhere: whole names and every two characters of them, numbers and their ends."""
    found: set[str] = set()
    for one in people:
        found |= {one.name, one.name[:2], one.name[2:], one.resident_id, one.resident_id[-6:], one.telephone}
        found.add(one.telephone[-8:])
    return found


def helped_product(roster: int, *, people: Sequence[Someone] = ()) -> Goods:
    """金柚 of 梅县 on sale, with an approved agreement over `roster` households; `people` head them and answer the phone."""
    with transaction() as session:
        producer, product = make_producer(
            session, "梅县金柚合作社(演示)", product="金柚", category_code="010101"
        )
        county = World(
            session,
            producer,
            product,
            make_actor(session, "producer", COUNTY, producer.organisation_id),
            make_actor(session, "county_officer", COUNTY),
        )
        numbers = [
            register(
                session,
                county.officer,
                county.household(
                    head=Identity(people[n].name, people[n].resident_id) if n < len(people) else None,
                    members=[NewMember(Identity(people[-1].name, people[-1].resident_id), "配偶")]
                    if people and n == 0
                    else (),
                ),
            ).household_no
            for n in range(roster)
        ]
        if people:
            told = contacts.Contacts(people[0].name, people[1].name, people[2].telephone)
            for name, value in contacts.seal(producer.id, told).items():
                setattr(producer, name, value)
            session.flush()
        agreement = county.agreement()
        county.approved(
            agreement, county.version([(number, 1) for number in numbers], from_day=date(2020, 9, 1))
        )
        shop = Catalogue(session)
        channel = shop.channel()
        listing = shop.listing(channel, shop.offer(product), 5)
        return Goods(product.id, product.product_no, listing.id, channel.id)
