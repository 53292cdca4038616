"""A random history of a county, done through the services and told to the plain books of `tests.support.oracle` as it goes."""

from __future__ import annotations

import itertools
import random
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from marketplace.attribution.service.chain import link_recent
from marketplace.attribution.service.close import close_period
from marketplace.beneficiaries.rules import HouseholdState
from marketplace.beneficiaries.service import (
    NewPaymentList,
    change_standing,
    import_list,
    report_activity,
)
from marketplace.catalogue.service.channels import close_channel
from marketplace.certification.facts import CertificateRevoked
from marketplace.core import facts
from marketplace.core.actor import system_actor
from marketplace.core.clock import day_of, day_start, frozen_at, next_period, shanghai
from marketplace.statistics.segments import care
from marketplace.statistics.segments.build import build, live, merge
from marketplace.statistics.states import keep_closed
from tests.support.oracle.people import State
from tests.support.scene import FIRST, NUMBERS, Scene

ORIGINS: Final = ("441403", "441421", "441424", "450127")  # 梅县区, the same under its old code, 五华县, 横县
CITIES: Final = ("440100", "440300", "440000", "441403")
CHANNELS: Final = ("counter", "zone", "platform_832", "hall_online", "special_train")
CATEGORIES: Final = ("010304", "160101", "170101")
MODES: Final = ("government_procurement", "poverty_cooperation", "market_entity", "other_individual")
LATEST: Final = "2021-01"


class Chronicle(Scene):
    """Everything is done at `now`, which never goes back; months are closed one after the other."""

    def step(self, name: str, seed: int) -> None:
        """Do one thing; `seed` decides about all its details."""
        dice = random.Random(seed)
        self.now = min(self.now + timedelta(hours=dice.randrange(1, 40)), self._last_hour())
        with frozen_at(self.now):
            getattr(self, name)(dice)
            self.session.flush()

    def _last_hour(self) -> datetime:
        return day_start(date.fromisoformat(f"{next_period(self.month)}-01")) - timedelta(hours=1)

    def sell(self, dice: random.Random) -> None:
        """A line counts; it was sold up to forty days before, now and then it is told a month late."""
        counted_at = self.now
        if dice.random() < 0.35:
            counted_at = max(shanghai(2020, 9, 1, 9), self.now - timedelta(days=dice.randrange(1, 45)))
        sold_at = max(shanghai(2020, 9, 1, 8), counted_at - timedelta(hours=dice.randrange(0, 900)))
        whose = dice.randrange(2)
        world = self.worlds[whose]
        held = [one for one in self.certificates if one.product_id == world.product.id]
        certificate = dice.choice(held) if dice.random() < 0.5 else None
        units = dice.randrange(1, 4)
        changes: dict[str, Any] = {
            "product_id": world.product.id,
            "product_name": world.product.name,
            "producer_id": world.producer.id,
            "producer_name": world.producer.name,
            "channel_kind": dice.choice(CHANNELS),
            "channel_area": dice.choice(("440103", "440300", "441403")),
            "category_code": dice.choice(CATEGORIES),
            "origin_area": dice.choice(ORIGINS),
            "buyer_area": dice.choice(CITIES),
            "buyer_id": dice.choice((None, uuid.UUID(int=5), self.worlds[0].producer.organisation_id)),
            "participation_mode": dice.choice(MODES),
            "purchase_kind": dice.choice(("own_purchase", "brokered_sale")),
            "helper_area": dice.choice((None, "440100", "440600")),
            "levy_bp": dice.choice((0, 100, 125)),
            "weight_g": dice.choice((None, units * 2_500)),
            "goods_class": "certified_aid" if certificate else dice.choice(("area_produce", "ordinary")),
            "goods_class_reason": None if certificate else dice.choice(WHY),
            "certificate_id": certificate.id if certificate else None,
            "scheme": certificate.scheme if certificate else None,
            "schemes": (certificate.scheme,) if certificate else (),
            "sold_at": sold_at,
            "counted_at": counted_at,
        }
        if dice.random() < 0.3:
            changes |= {
                "budget_unit_id": dice.choice(self.units),
                "reserve_year": sold_at.year,
                "fund_source": dice.choice(("canteen", "union", "staff")),
                "channel_kind": "platform_832",
            }
        if self.ledger.deals and dice.random() < 0.3:  # another line of an order that is there
            changes["order_id"] = dice.choice(self.ledger.deals).line.order_id
        line = self.books.line(dice.choice((dice.randrange(1, 100), dice.randrange(10**9))), units, **changes)
        self.books.sell(line)
        self.ledger.sell(line)

    def take_back(self, dice: random.Random) -> None:
        """Some of the units of a line go back; with the last one all that is left of the money."""
        left = [deal for deal in self.ledger.deals if deal.units]
        if left:
            deal = dice.choice(left)
            units = dice.randrange(1, deal.units + 1)
            fen = deal.fen if units == deal.units else dice.randrange(deal.fen + 1)
            self.books.take_back(deal.line, fen, units, self.now)
            self.ledger.take_back(deal, fen, units, self.now)

    def find_twice(self, dice: random.Random) -> None:
        """A line turns out to be told by somebody else too: what is left of it is taken back."""
        left = [deal for deal in self.ledger.deals if deal.units and deal.fen]
        if left:
            deal = dice.choice(left)
            self.books.take_back(deal.line, deal.fen, deal.units, self.now, reason="duplicate")
            self.ledger.take_back(deal, deal.fen, deal.units, self.now, reason="duplicate")

    def revoke(self, dice: random.Random) -> None:
        """A certificate is taken away, back to a day of the past."""
        row = dice.choice(self.certificates)
        if row.revoked_at is None:
            since = max(
                shanghai(2020, 9, 1, 0), day_start(day_of(self.now) - timedelta(days=dice.randrange(60)))
            )
            row.revoked_at, row.void_from, row.revocation_cause = self.now, since, "origin_fraud"
            self.session.flush()
            told = (row.id, row.product_id, row.producer_id, row.scheme, self.now, since, "origin_fraud")
            facts.publish(self.session, CertificateRevoked(*told))
            self.ledger.revoke(row.id, self.now, since)

    def agree_anew(self, dice: random.Random) -> None:
        """A new version of an agreement from tomorrow: another roster, another share."""
        place = dice.randrange(3)
        world, agreement, was = self.agreements[place]
        since = day_of(self.now) + timedelta(days=1)
        terms = {"rebate_bp": dice.choice((0, 250, 1_000))}
        if was.mode == "employment":
            terms = {"day_wage_fen": was.day_wage_fen, "month_wage_fen": 0}
        elif not terms["rebate_bp"]:
            terms = {"rebate_bp": 1}
        there = [n for n in self.numbers if self.homes[n].states[-1].file_status != "removed"]
        roster = sorted(dice.sample(there, dice.randrange(min(5, len(there) + 1))))
        if roster and was.until is None and since > was.since:
            bp = dice.choice((0, 1_000, 3_333, 10_000))
            made = self._version(world, agreement, terms, bp, was.village_bp, roster, since)
            self.agreements[place] = (world, agreement, made)

    def live_on(self, dice: random.Random) -> None:
        """A household grows, is watched or no longer on file, from today."""
        number = dice.choice(self.numbers)
        home = self.homes[number]
        was = home.states[-1]
        if was.since >= day_of(self.now) or was.file_status == "removed":
            return
        status = dice.choice((was.file_status, was.file_status, "removed"))
        watched = status != "removed" and (was.is_monitored or dice.random() < 0.5)
        members = dice.randrange(1, 9)
        kind = "sudden_hardship" if watched else "none"
        if was.is_monitored and not watched:
            return
        state = HouseholdState(status, kind, "active" if watched else "none")
        standing = self.worlds[0].standing(
            state=state, from_day=day_of(self.now), members=members, labour=1, is_low_income=was.is_low_income
        )
        change_standing(self.session, self.worlds[0].officer, number, standing)
        home.states.append(State(day_of(self.now), status, watched, members, was.is_low_income))

    def pay(self, dice: random.Random) -> None:
        """A payment list of an agreement, of this month or the one before."""
        world, agreement, version = dice.choice(self.agreements)
        day = max(FIRST, day_of(self.now) - timedelta(days=dice.randrange(40)))
        rows = [(n, dice.randrange(1, 5_000)) for n in sorted(version.roster) if dice.random() < 0.7]
        if rows:
            document = f"演示单{next(NUMBERS)}"
            import_list(
                self.session, world.clerk, agreement.number, NewPaymentList("rebate", day, document, rows)
            )
            self.ledger.paid += [(version, f"{day:%Y-%m}", number, fen) for number, fen in rows]

    def work(self, dice: random.Random) -> None:
        """Days worked of this month or corrected of one before."""
        world, agreement, version = self.agreements[2]
        month = dice.choice(("2020-09", self.month))
        days = dice.randrange(100)
        report_activity(self.session, world.clerk, agreement.number, month, {"work_days_milli": days * 1_000})
        self.ledger.report_work(version.agreement, month, days)

    def open_point(self, dice: random.Random) -> None:
        """A point of sale, opened today or said to have been open for weeks, with one product on its shelf."""
        opened = day_of(self.now) - timedelta(days=dice.choice((0, 0, 40)))
        kind = dice.choice(("counter", "hall_online"))
        point = self.shop.channel(kind, area_code=dice.choice(("440103", "440300")), opened_on=opened)
        self.points.append(point)
        product = self.worlds[dice.randrange(2)].product
        if product.id not in self.offers:
            self.offers[product.id] = self.shop.offer(product)
        self.shop.listing(point, self.offers[product.id])

    def close_point(self, dice: random.Random) -> None:
        """A point of sale closes, today or next week."""
        still = [one for one in self.points if one.closed_on is None]
        if still:
            day = day_of(self.now) + timedelta(days=dice.choice((0, 7)))
            close_channel(self.session, system_actor(), dice.choice(still), day)

    def link(self, _dice: random.Random) -> None:
        """Chain positions for what has none."""
        link_recent(self.session)

    def build(self, _dice: random.Random) -> None:
        """Files of what has a position."""
        build(self.session, self.segments)

    def merge(self, _dice: random.Random) -> None:
        """One file a month."""
        for _, found in itertools.groupby(live(self.session), key=lambda one: one.period):
            several = [one for one in found if self.segments.store.is_whole(one.name, one.sha256)]
            if len(several) > 1:
                merge(self.session, self.segments, several)

    def lose(self, dice: random.Random) -> None:
        """A file is gone."""
        if found := live(self.session):
            Path(self.segments.store.path(dice.choice(found).name)).unlink(missing_ok=True)

    def mend(self, _dice: random.Random) -> None:
        """Lost files are made again."""
        care.mend()

    def keep(self, _dice: random.Random) -> None:
        """What households were on the last days of closed months is kept."""
        keep_closed(self.session)

    def next_month(self, _dice: random.Random) -> None:
        """The sixth of the next month: this one is closed."""
        if self.month < LATEST:
            closing = self.month
            self.now = day_start(date.fromisoformat(f"{next_period(closing)}-06"))
            with frozen_at(self.now):
                close_period(self.session, self.worlds[0].officer, closing)
            self.ledger.close(closing)


WHY: Final = (None, "no_certificate", "certificate_expired", "supplier_mismatch")
EVENTS: Final = (
    *["sell"] * 7,
    *["take_back"] * 3,
    *["next_month", "open_point", "work", "build", "find_twice"] * 2,
    *["close_point", "revoke", "agree_anew", "live_on", "pay", "link", "merge", "lose", "mend", "keep"],
)


def history(seed: int) -> list[tuple[str, int]]:
    """Fifty steps, each with the seed of its details."""
    dice = random.Random(seed)
    return [(dice.choice(EVENTS), dice.randrange(2**32)) for _ in range(50)]
