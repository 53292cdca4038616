"""Sealed months: after the close and two persons of every county, signed, superseded, never edited; the same on both sides."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.core import db, signing
from marketplace.core.clock import shanghai
from marketplace.core.errors import AlreadyExists, Conflict, Forbidden, IllegalTransition, Invalid, NotFound
from marketplace.intake.models import Batch, UpwardEntry, UpwardSource, UpwardTotal
from marketplace.intake.rules.upward_totals import HEADS, digest_of, read_total
from marketplace.statistics.upward import batches, confirming, heads, link, report, totals, views
from marketplace.statistics.upward.link import Sending
from marketplace.statistics.upward.models import UpwardView
from tests.support import upward
from tests.support.county import COUNTY, make_actor
from tests.support.upward import OTHER, SEPTEMBER, SOURCE, Feeding

OCTOBER = shanghai(2020, 10, 6, 9)


@pytest.fixture
def feeding(client: FlaskClient) -> Iterator[Feeding]:
    """Three households of 梅县区 stand behind what is sold in September, four persons each; it is the sixth of October."""
    made = upward.begin(client)
    with made.time(), db.transaction() as session:
        world = replace(made.world, session=session)
        agreement = world.agreement()
        world.approved(agreement, world.version([(number, 1) for number in world.households(3)]))
    made.sell(9_800)
    made.sell(5_000, channel_kind="hall_offline", origin_area=OTHER)
    made.close(SEPTEMBER, OCTOBER)
    yield made
    link._installed[:] = [None]


def sums(feeding: Feeding) -> dict[str, int]:
    """County of origin → fen, of the sealed month as the upper instance holds it."""
    total = feeding.held().sealed
    assert total is not None
    found: dict[str, int] = {}
    for key, (_, fen, _) in total.cells.items():
        found[str(key[1])] = found.get(str(key[1]), 0) + fen
    return found


def ours(feeding: Feeding, period: str = SEPTEMBER) -> views.Reconciliation:
    with feeding.time(), db.transaction() as session:
        return views.reconciliation(session, feeding.people["clerk"], period)


def test_a_month_goes_up_sealed_and_agrees_with_the_entries_on_both_sides(feeding: Feeding) -> None:
    total_id = feeding.sealed()
    feeding.work(10)
    held = feeding.held()
    assert (held.state, held.differences, sums(feeding)) == ("sealed", [], {COUNTY: 9_800, OTHER: 5_000})
    row = feeding.total(total_id)
    assert held.digest == row.digest.hex() == digest_of(row.content)
    assert signing.is_signed(row.content, row.signature or b"", row.public_key or b"")
    assert held.sealed is not None
    assert held.sealed.head["last_position"] == 4
    assert held.sealed.households == {
        COUNTY: dict.fromkeys(HEADS, 0)
        | {"households_covered": 3, "persons_covered": 12, "households_rostered": 3, "persons_rostered": 12}
        | {"year_households_covered": 3, "year_persons_covered": 12}
    }
    both = ours(feeding)
    assert (both.state, both.differences, both.found_there) == ("sealed", [], [])
    assert both.ours == both.theirs == held.daily


def test_an_open_month_is_not_drawn_up(feeding: Feeding) -> None:
    with pytest.raises(Conflict) as refused:
        feeding.drawn_up("2020-10")
    assert refused.value.code == "period_open"


def test_a_total_waits_for_two_persons_of_every_county(feeding: Feeding) -> None:
    total_id = feeding.drawn_up()
    issuer = feeding.people["issuer"]
    with feeding.time(), db.transaction() as session:
        first, second = (make_actor(session, "county_officer", COUNTY) for _ in range(2))
        city = make_actor(session, "city_officer", SOURCE)
        with pytest.raises(Conflict) as refused:
            totals.seal(session, issuer, total_id)
        assert refused.value.extra["pending"] == [COUNTY, OTHER]
        with pytest.raises(Forbidden) as level:
            confirming.handle(session, city, total_id, COUNTY, "已核对")
        assert level.value.code == "other_level"
        with pytest.raises(IllegalTransition):
            confirming.confirm(session, second, total_id, COUNTY, accept=True, opinion="属实")
        confirming.handle(session, first, total_id, COUNTY, "已核对")
        with pytest.raises(Forbidden) as same:
            confirming.confirm(session, first, total_id, COUNTY, accept=True, opinion="属实")
        assert same.value.code == "same_person"
        confirming.confirm(session, second, total_id, COUNTY, accept=True, opinion="属实")
        with pytest.raises(Forbidden):
            confirming.handle(session, first, total_id, OTHER, "已核对")
        with pytest.raises(Conflict) as still:
            totals.seal(session, issuer, total_id)
        assert still.value.extra["pending"] == [OTHER]
        with pytest.raises(NotFound):
            confirming.handle(session, first, total_id, "441402", "已核对")
    feeding.work(6)
    assert feeding.held().sealed is None


def test_who_drew_it_up_does_not_seal_it(feeding: Feeding) -> None:
    total_id = feeding.confirmed(feeding.drawn_up())
    drafter = replace(feeding.people["issuer"], person_id=feeding.total(total_id).drafted_by_person)
    with feeding.time(), pytest.raises(Forbidden) as refused, db.transaction() as session:
        totals.seal(session, drafter, total_id)
    assert refused.value.code == "same_person"
    assert feeding.total(total_id).state == "drafted"


def test_a_county_that_returns_its_part_ends_the_version_and_the_next_says_why(feeding: Feeding) -> None:
    total_id = feeding.drawn_up()
    with pytest.raises((AlreadyExists, Invalid)):
        feeding.drawn_up()
    with feeding.time(), db.transaction() as session:
        first, second = (make_actor(session, "county_officer", COUNTY) for _ in range(2))
        confirming.handle(session, first, total_id, COUNTY, "户数存疑")
        confirming.confirm(session, second, total_id, COUNTY, accept=False, opinion="退回核对")
    assert feeding.total(total_id).state == "returned"
    with pytest.raises(Invalid) as refused:
        feeding.drawn_up()
    assert refused.value.code == "total_reason"
    again = feeding.sealed(reason="户数已核对")
    assert feeding.total(again).version == 2
    feeding.work(10)
    assert feeding.held().state == "sealed"


def test_a_new_version_supersedes_and_the_old_one_stays(feeding: Feeding) -> None:
    feeding.sealed()
    feeding.work(8)
    feeding.sealed(reason="补充受益户数")
    feeding.work(8)
    with db.transaction() as session:
        kept = session.scalars(select(UpwardTotal.version).order_by(UpwardTotal.version)).all()
    held = feeding.held()
    assert (kept, held.sealed.head["version"] if held.sealed else 0, held.state) == ([1, 2], 2, "sealed")
    assert ours(feeding).version == 2


def test_a_sealed_total_is_not_edited_by_anybody(feeding: Feeding) -> None:
    total_id = feeding.sealed()
    for change in ("content = 'x'", "state = 'drafted'", "sealed_at = NULL"):
        with pytest.raises(DBAPIError), db.transaction() as session:
            session.execute(
                text(f"UPDATE statistics.upward_total SET {change} WHERE id = :id"), {"id": total_id}
            )
    with pytest.raises(DBAPIError), db.transaction() as session:
        session.execute(text("UPDATE statistics.upward_confirmation SET state = 'pending'"))


def test_a_late_correction_of_the_closed_month_flows_in_the_open_one_and_both_sides_agree(
    feeding: Feeding,
) -> None:
    feeding.sealed()
    line = feeding.sell(7_000, sold_at=shanghai(2020, 9, 20), counted_at=shanghai(2020, 9, 20))
    feeding.take_back(line, 2_000, shanghai(2020, 9, 21))
    feeding.work(10)
    with feeding.time(), db.transaction() as session:
        views.ask_anew(session, feeding.people["clerk"], "2020-10")
    feeding.work(4)
    feeding.close("2020-10", shanghai(2020, 11, 6, 9))
    feeding.sealed("2020-10")
    feeding.work(12)
    for period in (SEPTEMBER, "2020-10"):
        assert (feeding.held(period).state, ours(feeding, period).state) == ("sealed", "sealed")
    october = {key[0]: 0 for key in feeding.held("2020-10").daily}
    for key, (_, fen, _) in feeding.held("2020-10").daily.items():
        october[key[0]] += fen
    assert october == {SEPTEMBER: 5_000}


def test_differences_are_named_on_both_sides(feeding: Feeding) -> None:
    feeding.sealed()
    feeding.work(10)
    with db.transaction() as session:
        source = session.scalars(select(UpwardSource)).one()
        first = session.scalars(select(UpwardEntry).order_by(UpwardEntry.position)).all()[0]
        session.execute(
            UpwardEntry.__table__.insert(),
            [
                {name: getattr(first, name) for name in UpwardEntry.__table__.columns.keys()}  # noqa: SIM118
                | {"position": 5, "sale_fen": 1}
            ],
        )
        source.position = 3
    found = feeding.held()
    assert found.state == "differs"
    missing, cell = sorted(found.differences, key=lambda one: one.what, reverse=True)
    assert (missing.what, missing.from_position, missing.to_position, missing.said) == (
        "missing",
        4,
        4,
        "缺第 4 至 4 笔",
    )
    # The sale is two entries, linked and unlinked; the third is the one that nobody fed.
    assert (cell.what, cell.ours_entries, cell.theirs_entries) == ("cell", 3, 2)
    assert (cell.ours_fen, cell.theirs_fen) == (9_801, 9_800)
    assert cell.said.startswith("相差 1 分、1 笔")
    assert cell.key is not None
    assert cell.key["origin_area"] == COUNTY
    with feeding.time(), db.transaction() as session:
        views.ask_anew(session, feeding.people["clerk"], SEPTEMBER)
        view = session.get_one(UpwardView, (SOURCE, SEPTEMBER))
        assert view.wanted_at is not None
    # The worker asks only while the two chains agree about the position; here a person looks at the month alone.
    with feeding.time():
        assert views.ask_wanted(feeding.above, SOURCE) == 1
    both = ours(feeding)
    assert both.state == "differs"
    assert {one.what for one in both.differences} == {"missing", "cell"}
    assert {one["what"] for one in both.found_there} == {"missing", "cell"}


def test_a_forged_or_foreign_total_is_refused(feeding: Feeding) -> None:
    total_id = feeding.sealed()
    feeding.work(6)
    row = feeding.total(total_id)
    signer = signing.signer()
    assert signer is not None
    content = read_total(row.content)
    other = replace(content, head=content.head | {"version": 2})
    stranger = signing.Signer({1: signing.Ed25519PrivateKey.generate()})
    changed = row.content.replace(b'"sale_fen":9800', b'"sale_fen":9801')
    assert changed != row.content
    tries: list[tuple[bytes, bytes, bytes, str]] = [
        (changed, row.public_key or b"", row.signature or b"", "upward_signature"),
        (_bytes(other), *_by(stranger, _bytes(other)), "upward_signature"),
        (row.content, row.public_key or b"", row.signature or b"", "upward_version"),
        (_bytes(other, source="441500"), *_by(signer, _bytes(other, source="441500")), "upward_version"),
        (b"{}", *_by(signer, b"{}"), "upward_total"),
    ]
    for content_bytes, key, signature, refusal in tries:
        assert _send(feeding, content_bytes, key, signature) == ("refused", refusal)
    assert feeding.held().state == "sealed"
    assert _send(feeding, _bytes(other), *_by(signer, _bytes(other))) == ("done", None)


def _bytes(total: Any, **head: Any) -> bytes:
    from marketplace.intake.rules.upward_totals import total_bytes

    return total_bytes(total.head | head, total.cells, total.households)


def _by(signer: signing.Signer, content: bytes) -> tuple[bytes, bytes]:
    signed = signer.sign(content)
    return signed.public_key, signed.signature


def _send(feeding: Feeding, content: bytes, key: bytes, signature: bytes) -> tuple[str, str | None]:
    line = orjson.dumps({"sealed": content.decode(), "public_key": key.hex(), "signature": signature.hex()})
    with feeding.time():
        held = feeding.above.standing(SOURCE)
        sequence = held["last_sequence"] + 1
        feeding.above.send(Sending(SOURCE, sequence, 1, 0, link.digest_of(line).hex(), line))
    feeding.now = feeding.now.replace(microsecond=0)
    with feeding.time():
        from marketplace.core import jobs

        jobs.run_ready()
    with db.transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.sequence == sequence)).one()
        return batch.state, batch.refusal


def test_the_upper_report_shows_own_beside_fed_and_never_adds_twice(feeding: Feeding) -> None:
    feeding.sealed()
    feeding.work(10)
    asked = report.Asked(SEPTEMBER, SEPTEMBER, ("source", "origin"), "county", "000000", ("000000",))
    with feeding.time(), db.transaction() as session:
        rows = {one.key: one for one in report.upward_rows(session, asked)}
        held = report.held_by_source(session, asked)
        sources = report.sources_as_held(session, asked, held)
        homes = heads.heads_of(session, asked, held)
        nearer = replace(asked, areas=(COUNTY,))
        seen = {one.key for one in report.upward_rows(session, nearer)}
    assert rows[(SOURCE, COUNTY)].fed["sale_fen"] == 9_800
    assert rows[(SOURCE, OTHER)].titles == (SOURCE, "五华县")
    # Both instances share one ledger here, so what 梅州 counted is also "own": the report says how much of it lies inside.
    assert rows[("own", COUNTY)].own["sale_fen"] == 9_800
    assert [(one["state"], one["own_fen_inside"], one["position"]) for one in sources] == [
        ("sealed", 14_800, 4)
    ]
    assert rows[()].total["aid_fen"] == rows[()].own["aid_fen"] + rows[()].fed["aid_fen"]
    assert (homes["bound"], homes["rows"][0]["sources"]) == ("上限", [SOURCE, "own"])
    assert seen == {(), (SOURCE, COUNTY), ("own", COUNTY)}


def test_a_batch_that_passes_a_source_on_is_the_source_s_own_chain(feeding: Feeding) -> None:
    feeding.work(4)
    with db.transaction() as session:
        source = session.scalars(select(UpwardSource)).one()
        made = (
            batches.make_of_entries(session, SOURCE, ("440000", "440000"), 0, 1) if _feed(session) else None
        )
        assert made is not None
        assert (made.to_position, made.hash) == (source.position, source.hash)
        first = session.scalars(select(UpwardEntry).order_by(UpwardEntry.position)).all()
        assert made.rows == len(first)


def _feed(session: Any) -> bool:
    from marketplace.statistics.upward.models import UpwardBatch

    for batch in session.scalars(select(UpwardBatch)):
        batch.state = "void"
    session.flush()
    return True


def test_a_total_that_nobody_knows_is_not_found(feeding: Feeding) -> None:
    with feeding.time(), pytest.raises(NotFound), db.transaction() as session:
        totals.seal(session, feeding.people["issuer"], uuid.uuid4())
