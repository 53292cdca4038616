"""Approval of a purchase and the filing of the reserved share on pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from marketplace.accounts.models import Account
from marketplace.core.clock import utcnow
from marketplace.core.db import transaction
from marketplace.orders.buying.models import ApprovalDelegation, PurchaseRequest
from marketplace.orders.buying.service import approval_rules
from marketplace.statistics.reports.reserve_figures import progress_of
from tests.orders_world import DELIVER_TO, Shop, actor_of
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of
from tests.web.buyers.conftest import Opened

WRITTEN = {f"deliver_to.{name}": text for name, text in DELIVER_TO.items()}


@pytest.fixture
def rule(shop: Shop) -> None:
    with transaction() as session:
        approval_rules.set_rule(
            session,
            actor_of("buyer_manager", shop.buyer.id),
            shop.buyer.id,
            direct_up_to_fen=5_000,
            tiers=[{"up_to_fen": None, "steps": [{"kind": "reviewer", "account_id": None}]}],
        )


def asked(shop: Shop, buyer: Visitor) -> str:
    buyer.send(f"/goods/{shop.listings[0].id}", to="/cart/lines", quantity="2")
    page = buyer.read("/cart/checkout")
    assert "提交审批" in page
    answer = buyer.send(
        "/cart/checkout", to="/cart/approval", **WRITTEN, payment_method="prepaid", note="<i>十月"
    )
    assert answer.status_code == 303, main_of(answer)
    return str(answer.headers["Location"])


def test_a_purchase_above_the_amount_goes_to_the_reviewer_and_becomes_an_order(
    shop: Shop, rule: None, buyer: Visitor, person: Opened
) -> None:
    path = asked(shop, buyer)
    own = buyer.read(path)
    assert "待审批" in text_of(own)
    assert "<i>" not in own
    assert f'action="{path}/decision"' not in own
    reviewer = person("buyer_reviewer")
    assert path in reviewer.read("/purchase-requests?mine=to_decide")
    nothing = reviewer.send(path, to=f"{path}/decision", opinion="看过")
    assert nothing.status_code == 422
    assert "看过" in main_of(nothing)
    approved = reviewer.follow(reviewer.send(path, to=f"{path}/decision", approve="on", opinion="同意"))
    assert "已下单" in text_of(approved)
    assert "查看订单" in approved
    assert path not in reviewer.read("/purchase-requests?mine=to_decide")


def test_a_request_is_returned_and_withdrawn(shop: Shop, rule: None, buyer: Visitor, person: Opened) -> None:
    path = asked(shop, buyer)
    reviewer = person("buyer_reviewer")
    reviewer.send(path, to=f"{path}/decision", approve="0", opinion="太多")
    page = text_of(buyer.read(path))
    assert "已退回" in page
    assert "太多" in page
    assert "已撤回" in text_of(buyer.follow(buyer.send(path, to=f"{path}/withdrawal")))
    assert path in buyer.read("/purchase-requests?mine=asked")


def test_a_unit_files_its_reserved_share(shop: Shop, buyer: Visitor) -> None:
    wrong = buyer.send(
        "/reserve-filings/new", year="2020", canteen_kind="own", canteen_total_fen="一百", reserve_bp="15"
    )
    assert wrong.status_code == 422
    assert 'value="一百"' in main_of(wrong)
    done = buyer.send(
        "/reserve-filings/new",
        year="2020",
        canteen_kind="own",
        canteen_total_fen="10,000.00",
        reserve_bp="15",
        contact="张三丰",
        phone="13800138000",
    )
    page = buyer.follow(done)
    assert "¥1,500.00" in text_of(page)
    assert "待财政审核" in text_of(page)
    assert "张三丰" not in page
    assert "13800138000" not in page


def test_progress_of_a_unit_counts_what_was_ordered_and_what_completed(shop: Shop) -> None:
    with transaction() as session:
        shop.session = session
        shop.place((2,))
        found = progress_of(session, shop.buyer.id, utcnow().year)
    assert (found.filed_fen, found.ordered_fen, found.completed_fen, found.left_fen) == (None, 9_800, 0, 0)


def test_who_may_not_file_or_read_filings_is_refused(shop: Shop, person: Opened) -> None:
    assert person("buyer_reviewer").get("/reserve-filings/new").status_code == 403
    assert person("buyer_manager").get("/reserve-filings").status_code == 403


def test_several_are_approved_together_and_what_was_not_is_named_with_its_reason(
    shop: Shop, rule: None, buyer: Visitor, person: Opened
) -> None:
    first, second, third = (asked(shop, buyer) for _ in range(3))
    reviewer = person("buyer_reviewer")
    seen = "/purchase-requests?mine=to_decide"
    to = "/purchase-requests/approvals"
    nothing = reviewer.send(seen, to=to, opinion="没有勾选")
    assert nothing.status_code == 422
    assert "没有勾选" in main_of(nothing)
    assert third in main_of(nothing)
    typed = form_of(reviewer.read(seen), to)
    buyer.send(second, to=f"{second}/withdrawal")
    ticked = {
        name.replace(".number", ".chosen"): "on"
        for name, told in typed.items()
        if name.endswith(".number") and f"/purchase-requests/{told[0]}" in (first, second)
    }
    answer = reviewer.client.post(to, data=typed | ticked | {"opinion": "同意"}, base_url=HTTPS)
    said = text_of(main_of(answer))
    assert answer.status_code == 200
    assert "1 项已同意,1 项未办理" in said
    assert "该采购申请不在审批中" in said
    assert "已下单" in text_of(buyer.read(first))
    assert "已撤回" in text_of(buyer.read(second))
    assert "待审批" in text_of(buyer.read(third))
    again = reviewer.client.post(to, data=typed | ticked | {"opinion": "同意"}, base_url=HTTPS)
    assert "1 项已同意,1 项未办理" in text_of(main_of(again))


def test_who_decides_nothing_approves_nothing_in_a_batch(shop: Shop, rule: None, buyer: Visitor) -> None:
    path = asked(shop, buyer)
    token = form_of(buyer.read(path), f"{path}/withdrawal")["csrf_token"]
    row = {"items.0.number": path.rpartition("/")[2], "items.0.round": "0", "items.0.step": "0"}
    sent = row | {"items.0.chosen": "on", "csrf_token": token}
    answer = buyer.client.post("/purchase-requests/approvals", data=sent, base_url=HTTPS)
    assert "0 项已同意,1 项未办理" in text_of(main_of(answer))
    assert "待审批" in text_of(buyer.read(path))


def waiting_in_menu(one: Visitor, path: str = "/purchase-requests") -> int:
    """The number beside 采购审批 in the menu of a page."""
    page = one.get("/orders").get_data(as_text=True)
    found = re.search(rf'<a href="{path}"[^>]*>[^<]*(?:<span class="count">(\d+)</span>)?</a>', page)
    assert found is not None
    return int(found[1] or 0)


def test_the_menu_says_how_many_purchases_wait_for_ones_approval(
    shop: Shop, rule: None, buyer: Visitor, person: Opened
) -> None:
    reviewer = person("buyer_reviewer")
    assert waiting_in_menu(reviewer) == 0
    first = asked(shop, buyer)
    asked(shop, buyer)
    assert waiting_in_menu(reviewer) == 2
    assert waiting_in_menu(buyer) == 0
    home = text_of(reviewer.read("/"))
    assert "待我审批 2" in home
    reviewer.send(first, to=f"{first}/decision", approve="on", opinion="同意")
    assert waiting_in_menu(reviewer) == 1


def test_the_menu_counts_what_is_approved_in_anothers_place_and_not_what_the_absent_asked_for(
    shop: Shop, rule: None, buyer: Visitor, person: Opened
) -> None:
    reviewer, colleague = person("buyer_reviewer"), person("buyer")
    path = asked(shop, buyer)
    assert waiting_in_menu(colleague) == 0
    with transaction() as session:
        of_request, away, stands_in = session.scalars(
            select(Account).where(Account.login.like("buys%")).order_by(Account.created_at, Account.id)
        ).all()
        asker = session.scalars(select(PurchaseRequest)).one()
        assert asker.asked_by == of_request.id
        session.add(
            ApprovalDelegation(
                from_account=away.id,
                from_person=away.person_id,
                to_account=stands_in.id,
                to_person=stands_in.person_id,
                starts_at=utcnow() - timedelta(days=1),
                ends_at=utcnow() + timedelta(days=1),
                reason="出差",
                created_at=utcnow(),
            )
        )
    assert waiting_in_menu(colleague) == 1
    assert path in colleague.read("/purchase-requests?mine=to_decide")
    with transaction() as session:
        session.execute(update(PurchaseRequest).values(asked_by_person=away.person_id))
    assert waiting_in_menu(colleague) == 0
    assert waiting_in_menu(reviewer) == 0


@pytest.mark.parametrize("role", ["buyer", "buyer_reviewer"])
def test_what_waits_at_a_buyer_is_one_statement_of_the_frame(
    shop: Shop, rule: None, buyer: Visitor, person: Opened, role: str
) -> None:
    one = person(role)
    for _ in range(2):
        asked(shop, buyer)
        with counted() as statements:
            one.read("/payments")
        frame = ("inbox_notice", "purchase_request", "reattribution")
        assert len([sent for sent in statements if any(name in sent for name in frame)]) == 2
