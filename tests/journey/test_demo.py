"""The demo, in small: the whole chain through the services, books that foot, and a second run that finds it there."""

from collections import Counter
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from pypdf import PdfReader
from rich.console import Console
from sqlalchemy import func, select

from marketplace.accounts.models import Account
from marketplace.attribution.models import Entry, Period
from marketplace.attribution.service.verify import verify
from marketplace.certification.models import Application, Certificate, Objection
from marketplace.core import db
from marketplace.core.migrate import APP_ROLE
from marketplace.demo import report, store
from marketplace.demo.load import load
from marketplace.demo.twin import Twin
from marketplace.demo.world import plan
from marketplace.demo.world.deals import DEALS
from marketplace.orders.history import EVENT_TITLES
from marketplace.orders.models import Contract, ContractSignature, OrderEvent, SalesOrder
from marketplace.orders.service import contracts
from marketplace.payments.models import (
    Collection,
    Invoice,
    InvoiceFile,
    InvoiceLine,
    InvoiceRequest,
    Payout,
    PayoutFile,
    SettlementRun,
)
from marketplace.payments.service.verify import verify as verify_money
from marketplace.producers.models import Producer
from marketplace.statistics.bulletins.models import Bulletin
from marketplace.statistics.bulletins.service import verify_bulletin
from marketplace.statistics.declarations.models import Declaration, Silence
from marketplace.statistics.declarations.rules import STATES as DECLARATION_STATES
from marketplace.statistics.reconciliation import reconcile
from search.engines.registry import engines
from search.feature import SEARCH
from search.models import Change
from search.service import Asked, search
from search.sync.drift import verify as compare

ORDERS = 100
NAME = "sanzhuan_demo"


@pytest.fixture(scope="module")
def loaded(app, server, tmp_path_factory):
    """A database with a demo over what 梅州 produces, with the adverse cases: loaded once, only read by the tests."""
    server.create_database(NAME, template="sanzhuan_template")
    database = db.connect(db.Database(server.url(APP_ROLE, NAME)))
    data = tmp_path_factory.mktemp("data")
    settings = replace(app.extensions["settings"], data_dir=data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("marketplace.core.files._root", data / "files")  # where the second process has it
        assert store.state() == store.EMPTY
        attach = app.extensions["attach"]
        with Twin.start(settings, attach) as twin:
            load(plan("2020", ORDERS, "4414"), Console(file=StringIO()), "2020", twin, SEARCH.derived)
        yield database
    database.dispose()
    server.drop_database(NAME)


@pytest.fixture
def demo(loaded):
    """The loaded demo, connected; a console to print on."""
    db.connect(loaded)
    return Console(file=StringIO(), width=220)


def counted(session, model, column):
    rows = session.execute(select(column, func.count()).select_from(model).group_by(column))
    return dict(map(tuple, rows))


def test_the_whole_chain_goes_through_the_services_and_the_books_foot(demo):
    with db.transaction(snapshot=True) as session:
        states = counted(session, Application, Application.state)
        assert states["rejected"] == 2
        assert states["withdrawn"] == 1
        assert counted(session, Objection, Objection.state) == {"dismissed": 1, "upheld": 1}
        revoked = session.scalars(
            select(Certificate.revocation_cause).where(Certificate.revoked_at.is_not(None))
        ).all()
        assert sorted(revoked) == ["origin_fraud", "own_request"]
        assert session.scalars(select(Period.period).order_by(Period.period)).all() == [
            f"2020-{month:02d}" for month in range(1, 12)
        ]
        assert session.scalar(select(func.count()).select_from(SalesOrder)) == ORDERS
        assert session.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "refund")) > 0
        assert reconcile(session).foots
        assert [finding.broken for finding in verify(session) if finding.broken] == []


def test_a_city_is_settled_with_through_a_supervised_account_and_the_money_adds_up(demo):
    with db.transaction(snapshot=True) as session:
        assert session.scalar(select(func.count()).select_from(Collection)) > 0
        runs = counted(session, SettlementRun, SettlementRun.state)
        paid = counted(session, Payout, Payout.state)
        assert runs["paid"] == paid["confirmed"] > 0
        assert (paid["returned"], paid["sent"], runs["refused"]) == (1, 1, 1)
        own = select(Account.organisation_id).where(Account.login == "demo.producer").scalar_subquery()
        mine = select(Payout).where(Payout.producer_organisation_id == own).order_by(Payout.id)
        assert [(one.state, one.attempt) for one in session.scalars(mine)] == [
            ("confirmed", 2), ("confirmed", 1), ("returned", 1), ("sent", 1),
        ]  # fmt: skip
        claimed = select(SettlementRun.state).where(
            SettlementRun.producer_organisation_id == own, SettlementRun.claims_fen > 0
        )
        assert session.scalars(claimed).all() == ["approved"]  # goods came back after their sale was paid out
        files = session.scalars(select(PayoutFile).order_by(PayoutFile.id)).all()
        assert max(one.payouts for one in files) > 1
        assert len(files) == 5
        assert [finding for finding in verify_money(session) if finding.broken] == []


def test_the_unit_and_the_producer_that_one_logs_in_as_have_orders_with_each_other(demo):
    with db.transaction(snapshot=True) as session:
        unit, producer = (
            session.scalars(select(Account.organisation_id).where(Account.login == f"demo.{name}")).one()
            for name in ("buyer", "producer")
        )
        between = select(func.count()).where(
            SalesOrder.buyer_id == unit, SalesOrder.producer_organisation_id == producer
        )
        assert session.scalar(between) == len(DEALS)


def test_contracts_are_at_every_stage_and_signed_in_both_forms(demo):
    with db.transaction() as session:
        assert counted(session, Contract, Contract.state) == {
            "drafted": 1, "sent": 2, "signed_by_one": 1, "signed": 5, "void": 1,
        }  # fmt: skip
        assert counted(session, Contract, Contract.kind) == {"contract": 9, "supplement": 1}
        assert counted(session, ContractSignature, ContractSignature.state) == {
            "checked": 11, "uploaded": 1, "refused": 1,
        }  # fmt: skip
        signed = session.scalars(select(ContractSignature)).all()
        assert Counter((row.form, row.is_our_paper) for row in signed) == {
            ("ca_signature", True): 7, ("stamped_scan", None): 6,
        }  # fmt: skip
        for row in signed:
            last = PdfReader(BytesIO(contracts.signature_bytes(session, row))).pages[-1]
            assert "演示数据" in "".join(last.extract_text().split())


def test_invoices_are_asked_for_issued_refused_taken_back_and_over_two_orders_each_with_its_file(demo):
    with db.transaction(snapshot=True) as session:
        assert counted(session, InvoiceRequest, InvoiceRequest.state) == {
            "requested": 1, "withdrawn": 1, "refused": 1, "issued": 8,
        }  # fmt: skip
        invoices = session.scalars(select(Invoice).order_by(Invoice.issued_at)).all()
        assert Counter((one.color, one.check_state) for one in invoices) == {
            ("blue", "accepted"): 5, ("blue", "refused"): 2, ("blue", "unchecked"): 1, ("red", "unchecked"): 3,
        }  # fmt: skip
        red = {one.blue_id: one.total_fen for one in invoices if one.color == "red"}
        taken_back = {one.id: one.red_fen for one in invoices if one.red_fen}
        assert red == taken_back
        assert sum(one.red_fen == one.total_fen for one in invoices) == 1
        of = select(func.count(InvoiceLine.order_id.distinct())).group_by(InvoiceLine.invoice_id)
        assert sorted(session.scalars(of)) == [1] * 10 + [2]
        assert set(session.scalars(select(InvoiceFile.invoice_id))) == {one.id for one in invoices}


def test_everything_that_happens_to_an_order_has_a_name(demo):
    with db.transaction(snapshot=True) as session:
        assert set(session.scalars(select(OrderEvent.kind).distinct())) <= set(EVENT_TITLES)


def test_no_adverse_decision_falls_on_a_published_producer(demo):
    with db.transaction() as session:
        names = session.scalars(
            select(Producer.name)
            .join(Application, Application.producer_id == Producer.id)
            .where(Application.state.in_(["rejected", "withdrawn", "returned"]))
        ).all()
        names += session.scalars(
            select(Producer.name)
            .join(Certificate, Certificate.producer_id == Producer.id)
            .where(Certificate.revoked_at.is_not(None))
        ).all()
    assert len(names) == 5
    assert all("演示数据" in name for name in names)


def test_the_report_prints_both_views_the_reconciliation_and_every_login(demo):
    assert report.print_all(demo)
    report.print_logins(demo)
    text = demo.file.getvalue()
    assert "产地视角(销售方)" in text
    assert "采购地视角(购买方,按财政隶属)" in text
    assert "对账一致" in text
    assert "demo.county_officer" in text
    assert store.state() == store.LOADED


def test_what_the_demo_sells_is_found_at_once_without_a_worker(demo):
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0
        found = search(session, Asked(q="梅州 柚子"))
    assert {item["origin_area"][:4] for item in found.items} == {"4414"}
    assert "柚" in found.items[0]["name"]
    assert [bool(compare(engine)) for engine in engines().written] == [False]


def test_every_state_of_a_declaration_is_there_and_a_bulletin_comes_out_the_same_again(demo):
    with db.transaction(snapshot=True) as session:
        assert set(counted(session, Declaration, Declaration.state)) == set(DECLARATION_STATES)
        assert session.scalar(select(func.count()).select_from(Declaration).where(Declaration.is_zero)) > 0
        assert session.scalar(select(func.count()).select_from(Silence)) == 1
        assert counted(session, Bulletin, Bulletin.state) == {"issued": 2, "returned": 1, "drafted": 1}
        first = session.scalars(select(Bulletin).where(Bulletin.period == "2020-09")).one()
        assert (first.issue_no, first.disclosure) == (1, "open")
        assert verify_bulletin(session, first).holds
