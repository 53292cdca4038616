"""Contracts: frozen when drafted, signed by files that somebody else checked, terms of the order once both have signed."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
from sqlalchemy import select, text

from marketplace.accounts.models import InboxNotice, Organisation
from marketplace.app import compose
from marketplace.core import files
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
    Unavailable,
)
from marketplace.core.models import Job, StoredFile
from marketplace.orders import service
from marketplace.orders.models import OrderEvent, SalesOrder
from marketplace.orders.service import contracts
from tests.orders_world import NOON, Shop, actor_of
from tests.support.contracts import PNG, brought, drafted, register, sent, signed, upload


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


@pytest.fixture
def order(shop: Shop) -> SalesOrder:
    register(shop)
    return shop.place([2], payment_method="after_delivery", contract_days=30)


def words(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)


def ofd(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return whole.getvalue()


def test_the_paper_says_who_what_how_much_and_when_to_pay(shop: Shop, order: SalesOrder) -> None:
    service.set_freight(shop.session, shop.seller_actor, order.number, 1_232)
    contract = drafted(shop, order, contract_days=45, inspection_days=7, clauses=["分两批送达"])
    _, content = contracts.document_of(shop.session, shop.buyer_actor, contract.number)
    paper = words(content)
    seller = shop.session.get_one(Organisation, order.producer_organisation_id)
    assert shop.buyer.uscc is not None
    assert seller.uscc is not None
    for part in (
        contract.number,
        order.number,
        "演示预算单位",
        shop.buyer.uscc,
        "白沙演示种养专业合作社",
        seller.uscc,
        "广东省广州市越秀区",
        "演示路1号",
        "12.32",
        "110.32",
        "人民币壹佰壹拾元零叁角贰分",
        "9.11",
        "自送达之日起7日内完成验收",
        "自验收合格之日起45日内付清",
        "每日0.05%",
        contract.content_sha256.hex()[:16],
        "分两批送达",
    ):
        assert part in paper, part
    assert "演示收货人" not in paper
    assert contract.document_sha256 == hashlib.sha256(content).digest()


def test_the_paper_is_made_once_and_always_the_same(shop: Shop, order: SalesOrder) -> None:
    contract = contracts.draft(shop.session, shop.seller_actor, order.number, contracts.Agreed())
    [job] = shop.session.scalars(select(Job).where(Job.kind == contracts.JOB)).all()
    assert job.payload == {"contract": contract.number}
    with pytest.raises(Unavailable):
        contracts.send(shop.session, shop.seller_actor, contract.number)
    assert contracts.make_document(shop.session, job.payload) == {"made": True, "missing": []}
    assert contracts.make_document(shop.session, job.payload) == {"made": False}
    assert contracts.papers.paper_of(contract).sha256 == contract.document_sha256
    assert contract.document_file_id is not None
    assert shop.session.get_one(StoredFile, contract.document_file_id).file_class == "restricted"


def test_what_is_frozen_holds_no_address_and_no_account_in_the_open(shop: Shop, order: SalesOrder) -> None:
    contract = drafted(shop, order)
    assert "演示路" not in str(contract.content)
    assert contract.private_enc is not None
    assert "演示路".encode() not in contract.private_enc


def test_a_second_draft_voids_the_first_and_one_that_is_out_stands_in_the_way(
    shop: Shop, order: SalesOrder
) -> None:
    first = drafted(shop, order)
    second = sent(shop, order)
    assert (first.state, first.void_reason, second.state) == ("void", "redrafted", "sent")
    with pytest.raises(Conflict) as refused:
        drafted(shop, order)
    assert refused.value.code == "contract_open"


def test_each_side_signs_and_the_other_checks(shop: Shop, order: SalesOrder) -> None:
    contract = sent(shop, order, contract_days=45, inspection_days=7)
    first = brought(shop, contract, "seller")
    assert contract.state == "sent"
    contracts.check_signature(shop.session, shop.buyer_actor, first.id, approve=True, opinion="印章清晰")
    assert (contract.state, first.state, first.checked_by) == (
        "signed_by_one",
        "checked",
        shop.buyer_actor.account_id,
    )
    second = brought(shop, contract, "buyer")
    platform = actor_of("platform_operator")
    contracts.check_signature(shop.session, platform, second.id, approve=True, opinion=None)
    assert (contract.state, contract.signed_at) == ("signed", NOON)
    assert order.payment_terms == {
        "contract_days": 45,
        "capped": True,
        "inspection_days": 7,
        "contract": contract.number,
        "signed_on": "2020-10-01",
    }
    kinds = shop.session.scalars(
        select(OrderEvent.kind)
        .where(OrderEvent.order_id == order.id, OrderEvent.kind.like("contract%"))
        .order_by(OrderEvent.id)
    ).all()
    assert kinds == [
        "contract_drafted",
        "contract_sent",
        "contract_signature",
        "contract_signed_by_one",
        "contract_signature",
        "contract_signed",
    ]
    told = shop.session.scalars(
        select(InboxNotice.kind).where(InboxNotice.organisation_id == shop.buyer.id).order_by(InboxNotice.id)
    ).all()
    assert [kind for kind in told if kind.startswith("contract")] == [
        "contract_sent",
        "contract_signature",
        "contract_signed",
    ]


def test_who_signs_does_not_check(shop: Shop, order: SalesOrder) -> None:
    contract = sent(shop, order)
    row = brought(shop, contract, "seller")
    colleague = actor_of("producer", shop.seller_actor.organisation_id)
    same_person = actor_of("buyer", shop.buyer.id, person_id=shop.seller_actor.person_id)
    in_house = actor_of("platform_operator", organisation_id=None, person_id=shop.seller_actor.person_id)
    for actor in (shop.seller_actor, colleague, same_person, in_house, actor_of("county_officer")):
        with pytest.raises(Forbidden):
            contracts.check_signature(shop.session, actor, row.id, approve=True, opinion=None)
    assert (row.state, contract.state) == ("uploaded", "sent")


def test_a_signature_that_is_refused_needs_a_reason_and_another_may_follow(
    shop: Shop, order: SalesOrder
) -> None:
    contract = sent(shop, order)
    row = brought(shop, contract, "seller")
    with pytest.raises(Conflict) as twice:
        brought(shop, contract, "seller")
    assert twice.value.code == "already_signed"
    with pytest.raises(Invalid):
        contracts.check_signature(shop.session, shop.buyer_actor, row.id, approve=False, opinion=None)
    contracts.check_signature(shop.session, shop.buyer_actor, row.id, approve=False, opinion="印章不清")
    assert (row.state, row.opinion, contract.state) == ("refused", "印章不清", "sent")
    with pytest.raises(IllegalTransition):
        contracts.check_signature(shop.session, shop.buyer_actor, row.id, approve=True, opinion=None)
    assert brought(shop, contract, "seller").state == "uploaded"


def test_a_ca_signature_is_in_the_file_and_the_file_begins_with_our_paper(
    shop: Shop, order: SalesOrder
) -> None:
    contract = sent(shop, order)
    paper = contracts.document_bytes(shop.session, contract)

    def bring(content: bytes, side: str = "seller", form: str = "ca_signature") -> bool | None:
        actor = shop.seller_actor if side == "seller" else shop.buyer_actor
        file_id = upload(shop.session, actor, content, "签署.bin")
        signed_by = contracts.Signed(side, form, file_id, "演示证书")
        return contracts.sign(shop.session, actor, contract.number, signed_by).is_our_paper

    for content, form, code in (
        (paper, "ca_signature", "no_signature_in_file"),
        (PNG, "ca_signature", "file_not_signable"),
        (ofd("OFD.xml", "Doc_0/Document.xml"), "ca_signature", "no_signature_in_file"),
        (ofd("OFD.xml"), "stamped_scan", "file_not_signable"),
        (ofd("xl/workbook.xml"), "ca_signature", "file_not_signable"),
        ("盖章".encode(), "stamped_scan", "file_not_signable"),
    ):
        with pytest.raises(Invalid) as refused:
            bring(content, form=form)
        assert refused.value.code == code
    assert bring(paper + b"\n7 0 obj <</ByteRange [0 1 2 3]>>") is True
    assert bring(ofd("OFD.xml", "Doc_0/Signs/Signatures.xml"), "buyer") is None


def test_a_signed_pdf_of_another_paper_is_seen(shop: Shop, order: SalesOrder) -> None:
    contract = sent(shop, order)
    file_id = upload(shop.session, shop.buyer_actor, b"%PDF-1.7 other /ByteRange [0 1 2 3]", "x.pdf")
    row = contracts.sign(
        shop.session,
        shop.buyer_actor,
        contract.number,
        contracts.Signed("buyer", "ca_signature", file_id, "演示证书"),
    )
    assert row.is_our_paper is False


def test_a_side_signs_for_itself_with_its_own_file_only(shop: Shop, order: SalesOrder) -> None:
    contract = sent(shop, order)
    of_buyer = upload(shop.session, shop.buyer_actor)
    with pytest.raises(Forbidden):
        contracts.sign(
            shop.session,
            shop.buyer_actor,
            contract.number,
            contracts.Signed("seller", "stamped_scan", of_buyer, "公章"),
        )
    with pytest.raises(Invalid) as refused:
        contracts.sign(
            shop.session,
            shop.seller_actor,
            contract.number,
            contracts.Signed("seller", "stamped_scan", of_buyer, "公章"),
        )
    assert refused.value.code == "file_unknown"


def test_nothing_is_signed_before_it_is_sent_or_after_it_is_void(shop: Shop, order: SalesOrder) -> None:
    contract = drafted(shop, order)
    with pytest.raises(Conflict) as refused:
        brought(shop, contract, "seller")
    assert refused.value.code == "contract_not_out"
    contracts.send(shop.session, shop.seller_actor, contract.number)
    row = brought(shop, contract, "seller")
    contracts.void(shop.session, shop.buyer_actor, contract.number, "单位变更")
    with pytest.raises(Conflict):
        contracts.check_signature(shop.session, shop.buyer_actor, row.id, approve=True, opinion=None)
    with pytest.raises(Conflict):
        brought(shop, contract, "buyer")
    assert (contract.state, contract.void_reason) == ("void", "单位变更")


def test_a_draft_is_the_sellers_own_and_a_signed_contract_is_not_called_off(
    shop: Shop, order: SalesOrder
) -> None:
    contract = drafted(shop, order)
    with pytest.raises(Forbidden):
        contracts.void(shop.session, shop.buyer_actor, contract.number, "不要")
    with pytest.raises(Forbidden):
        contracts.send(shop.session, shop.buyer_actor, contract.number)
    with pytest.raises(Forbidden):
        contracts.draft(shop.session, shop.buyer_actor, order.number, contracts.Agreed())
    done = signed(shop, order)
    with pytest.raises(IllegalTransition):
        contracts.void(shop.session, shop.seller_actor, done.number, "不要")
    assert (contract.state, done.state) == ("void", "signed")


def test_a_supplement_changes_the_terms_of_a_signed_contract(shop: Shop, order: SalesOrder) -> None:
    original = signed(shop, order, contract_days=20)
    shop.deliver(order)
    assert order.due_on == date(2020, 10, 21)
    with pytest.raises(Invalid) as refused:
        drafted(shop, order, contract_days=45)
    assert refused.value.code == "reason"
    supplement = signed(shop, order, contract_days=90, reason="甲方预算调剂")
    assert (supplement.kind, supplement.supplements_id) == ("supplement", original.id)
    assert (original.state, order.payment_terms["contract"]) == ("signed", supplement.number)
    assert order.due_on == date(2020, 11, 30)
    paper = words(contracts.document_bytes(shop.session, supplement))
    for part in ("购销合同补充协议", original.number, "2020年10月1日", "甲方预算调剂", "60日内", "原拟90日"):
        assert part in paper, part
    assert "单价" not in paper


def test_the_due_day_follows_delivery_acceptance_and_what_was_signed(shop: Shop, order: SalesOrder) -> None:
    signed(shop, order, contract_days=30, inspection_days=10)
    shop.deliver(order)
    assert (order.due_on, order.payment_terms["inspection_until"]) == (date(2020, 11, 10), "2020-10-11")
    with frozen_at(NOON + timedelta(days=4)):
        service.accept(shop.session, shop.buyer_actor, order.number)
    assert order.due_on == date(2020, 11, 4)


def test_an_acceptance_after_the_agreed_day_does_not_put_payment_off(shop: Shop, order: SalesOrder) -> None:
    signed(shop, order, inspection_days=5)
    shop.deliver(order)
    with frozen_at(NOON + timedelta(days=20)):
        service.accept(shop.session, shop.buyer_actor, order.number)
    assert order.due_on == date(2020, 11, 5)


def test_delivered_on_20_september_is_due_on_20_october_and_ninety_days_are_sixty(shop: Shop) -> None:
    register(shop)
    with frozen_at(shanghai(2020, 9, 20, 9)):
        plain = shop.place([1], payment_method="after_delivery")
        long = shop.place([1], payment_method="after_delivery")
        signed(shop, long, contract_days=90)
        for order in (plain, long):
            shop.deliver(order)
            service.accept(shop.session, shop.buyer_actor, order.number)
    assert (plain.due_on, long.due_on) == (date(2020, 10, 20), date(2020, 11, 19))


def test_both_sides_need_their_code_and_prepaid_orders_have_no_term(shop: Shop) -> None:
    order = shop.place([1])
    with pytest.raises(Conflict) as refused:
        drafted(shop, order)
    assert (refused.value.code, refused.value.extra["side"]) == ("party_uscc_missing", "seller")
    register(shop)
    for agreed in ({"contract_days": 30}, {"inspection_days": 3}):
        with pytest.raises(Invalid):
            drafted(shop, order, **agreed)
    paper = words(contracts.document_bytes(shop.session, drafted(shop, order)))
    assert "先款后货：甲方应自下单之日起30日内付清全部货款（可延长一次，15日）" in paper


def test_an_order_that_is_called_off_takes_its_open_contract_with_it(shop: Shop, order: SalesOrder) -> None:
    contract = sent(shop, order)
    service.cancel(shop.session, shop.buyer_actor, order.number, "不要了")
    assert (contract.state, contract.void_reason) == ("void", "order_cancelled")
    with pytest.raises(Conflict) as refused:
        drafted(shop, order)
    assert refused.value.code == "order_over"


def test_only_the_two_sides_and_who_checks_see_the_paper(shop: Shop, order: SalesOrder) -> None:
    contract = drafted(shop, order)
    for actor in (shop.buyer_actor, shop.seller_actor, actor_of("platform_operator")):
        assert contracts.document_of(shop.session, actor, contract.number)[1].startswith(b"%PDF-")
    with pytest.raises(Forbidden):
        contracts.document_of(shop.session, actor_of("county_officer"), contract.number)
    with pytest.raises(NotFound):
        contracts.document_of(shop.session, actor_of("buyer", shop.seller_actor.organisation_id), "H0")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders.contract SET content = '{}'",
        "UPDATE orders.contract SET contract_days = 1",
        "UPDATE orders.contract SET document_sha256 = '\\x00'",
        "UPDATE orders.contract SET state = 'void'",
        "UPDATE orders.contract SET signed_at = signed_at - interval '1 day'",
        "DELETE FROM orders.contract",
        "TRUNCATE orders.contract CASCADE",
        "UPDATE orders.contract_signature SET opinion = 'x'",
        "DELETE FROM orders.contract_signature",
    ],
)
def test_what_was_signed_is_never_changed(shop: Shop, order: SalesOrder, statement: str) -> None:
    signed(shop, order)
    with (
        pytest.raises(Exception, match=r"never changes|append-only|permission denied"),
        shop.session.begin_nested(),
    ):
        shop.session.execute(text(statement))


def test_a_contract_that_no_longer_states_what_the_order_is_worth_is_not_sent(
    shop: Shop, order: SalesOrder
) -> None:
    contract = drafted(shop, order)
    order.total_fen += 1
    shop.session.flush()
    with pytest.raises(DomainError) as refused:
        contracts.send(shop.session, shop.seller_actor, contract.number)
    assert refused.value.code == "contract_outdated"


def test_the_sealed_cell_of_a_signed_contract_can_still_be_brought_under_a_new_key(
    shop: Shop, order: SalesOrder
) -> None:
    contract = signed(shop, order)
    shop.session.execute(text("UPDATE orders.contract SET private_enc = private_enc || '\\x00'"))
    assert contract.state == "signed"


def test_where_money_is_collected_by_a_bank_the_paper_names_no_account_of_the_seller(
    shop: Shop, order: SalesOrder
) -> None:
    contracts.read_collection_with(lambda *_: "supervised")
    try:
        contract = drafted(shop, order)
    finally:
        compose()
    assert contract.content["terms"]["collection"] == "supervised"
    paper = words(contracts.document_bytes(shop.session, contract))
    assert "货款付至本订单的银行监管账户" in paper
    assert "乙方账户" not in paper
