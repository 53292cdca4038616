"""Where a random history begins: two producers, six households, three agreements, certificates, budget units."""

from __future__ import annotations

import itertools
import uuid
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, ReserveFiling
from marketplace.beneficiaries.models import Agreement
from marketplace.beneficiaries.rules import HouseholdState
from marketplace.beneficiaries.service import (
    Coverage,
    create_agreement,
    load_households,
    register_collective,
)
from marketplace.catalogue.models import Channel
from marketplace.catalogue.rules.areas import is_assisted
from marketplace.certification.models import Certificate
from marketplace.core.clock import frozen_at, period_of, shanghai, utcnow
from marketplace.core.ids import uuid7
from marketplace.statistics.segments.engine import Segments
from tests.catalogue_world import World as Shop
from tests.support.books import Books
from tests.support.county import COUNTY, VILLAGE, World, make_world, neighbour
from tests.support.oracle.ledger import Ledger
from tests.support.oracle.people import Home, State
from tests.support.oracle.pieces import Version

OTHER_VILLAGE: Final = "441403102201"
FIRST: Final = date(2020, 9, 1)
STANDARDS: Final = (
    "gd_relative",
    "national_registered",
    "none",
    "national_registered",
    "gd_relative",
    "none",
)
NUMBERS: Final = itertools.count(1)


def budget_unit(session: Session, name: str) -> uuid.UUID:
    """A unit of 广州 with a canteen of 1,000.00 yuan at 30 %."""
    made = Organisation(
        kind="budget_unit",
        name=name,
        area_code="440100",
        fiscal_area="440100",
        is_demo=True,
        created_at=utcnow(),
    )
    session.add(made)
    session.flush()
    session.add(
        ReserveFiling(
            organisation_id=made.id, year=2020, version=1, canteen_kind="own", canteen_total_fen=100_000,
            reserve_bp=3_000, reserve_fen=30_000, state="accepted", filed_by=uuid7(), filed_at=utcnow(),
        )
    )  # fmt: skip
    session.flush()
    return made.id


class Scene:
    """The county on 2020-09-07, told to the plain books as well."""

    def __init__(self, session: Session, segments: Segments) -> None:
        self.session, self.segments = session, segments
        self.ledger = Ledger(is_assisted)
        self.homes: dict[int, Home] = {}
        self.now = shanghai(2020, 9, 7, 10)
        with frozen_at(self.now):
            world = make_world(session)
            self.worlds = (world, neighbour(world))
            self.books = Books(session, world)
            self.numbers = self._settle()
            self.agreements = self._agree()
            self.certificates = [
                self._certify(0, "national_2020"), self._certify(0, "provincial"), self._certify(1, "city_local"),
            ]  # fmt: skip
            self.units = [budget_unit(session, name) for name in ("甲单位", "乙单位")]
        self.shop = Shop(session)
        self.points: list[Channel] = []
        self.offers: dict[uuid.UUID, Any] = {}

    @property
    def month(self) -> str:
        """The month that is going on."""
        return period_of(self.now)

    def _settle(self) -> list[int]:
        """Six households of two villages, by three standards, on file since January."""
        new, homes = [], []
        for place, standard in enumerate(STANDARDS):
            status = "never" if standard == "none" else "graduated"
            village, members = (VILLAGE, OTHER_VILLAGE)[place % 2], 2 + place
            standing = self.worlds[0].standing(
                state=HouseholdState(status), members=members, is_low_income=place == 5
            )
            new.append(self.worlds[0].household(area_code=village, file_standard=standard, standing=standing))
            homes.append(
                Home(village, standard, [State(date(2020, 1, 1), status, False, members, place == 5)])
            )
        numbers = load_households(self.session, self.worlds[0].officer, new)
        self.homes = dict(zip(numbers, homes, strict=True))
        return numbers

    def _agree(self) -> list[tuple[World, Agreement, Version]]:
        """Rosters that overlap: two rebates, wages, and nobody behind the second village's last household."""
        one, two, three, four, five, _ = self.numbers
        village = register_collective(
            self.session, self.worlds[0].officer, area_code=VILLAGE, name="演示村经济联合社"
        )
        plans: list[tuple[int, str, dict[str, int], int, int, list[int]]] = [
            (0, "sales_rebate", {"rebate_bp": 1_000}, 6_000, 2_000, [one, two, three]),
            (1, "sales_rebate", {"rebate_bp": 333}, 10_000, 0, [three, four]),
            (0, "employment", {"day_wage_fen": 8_000, "month_wage_fen": 0}, 5_000, 0, [two, five]),
        ]
        made = []
        for whose, mode, terms, bp, village_bp, roster in plans:
            world = self.worlds[whose]
            agreement = create_agreement(
                self.session, world.clerk, producer_id=world.producer.id, mode=mode, title="演示协议",
                area_code=COUNTY, collective_id=village.id if village_bp else None,
            )  # fmt: skip
            made.append(
                (world, agreement, self._version(world, agreement, terms, bp, village_bp, roster, FIRST))
            )
        return made

    def _version(
        self,
        world: World,
        agreement: Agreement,
        terms: dict[str, int],
        bp: int,
        village_bp: int,
        roster: list[int],
        since: date,
    ) -> Version:
        products = [Coverage(world.product.id, bp, "raw_material", "台账")]
        row = world.approved(
            agreement,
            world.version(
                [(n, 1) for n in roster],
                terms=terms,
                products=products,
                from_day=since,
                village_bp=village_bp,
            ),
        )
        for one in self.ledger.versions:
            if one.agreement == agreement.agreement_no and one.until is None:
                one.until = since
        version = Version(
            row.version_no, agreement.agreement_no, world.producer.id, agreement.mode, world.product.id, bp,
            terms.get("rebate_bp", 0), terms.get("day_wage_fen", 0), village_bp, since, None, frozenset(roster),
        )  # fmt: skip
        self.ledger.versions.append(version)
        return version

    def _certify(self, whose: int, scheme: str) -> Certificate:
        world = self.worlds[whose]
        row = Certificate(
            catalogue_no=f"{COUNTY}-2020-01-{next(NUMBERS):06d}", scheme=scheme, batch="01",
            product_id=world.product.id, producer_id=world.producer.id, area_code=COUNTY,
            product_name=world.product.name, spec=world.product.spec, category_code="010304",
            valid_from=FIRST, valid_to=date(2022, 8, 31), issued_at=self.now, persons_helped=whose + 2,
            commodity_value_fen=1_000_000 * (whose + 1),
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return row
