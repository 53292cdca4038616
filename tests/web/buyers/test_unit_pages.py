"""What a unit keeps on pages: accounts, limits, stand-ins, addresses, lines of a plan; and gifts to many addresses."""

from __future__ import annotations

import io
from typing import Any

from tests.orders_world import DELIVER_TO, Shop
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of
from tests.web.buyers.conftest import Opened

WRITTEN = {f"deliver_to.{name}": text for name, text in DELIVER_TO.items()}
LIST = "姓名,电话,区划,地址,商品1\n王小明,13800138001,440104,演示路1号,2\n李小红,13800138002,440104,演示路2号,1\n"


def upload(buyer: Visitor, path: str, to: str, text: str) -> Any:
    typed = form_of(buyer.read(path), to) | {"file": (io.BytesIO(text.encode()), "名单.csv")}
    return buyer.client.post(to or path, data=typed, base_url=HTTPS, content_type="multipart/form-data")


def test_an_account_is_opened_with_a_password_shown_once_stopped_and_used_again(
    shop: Shop, person: Opened
) -> None:
    manager = person("buyer_manager")
    typed = {"display_name": "食堂经办", "login": "shitang.jb", "role": "buyer", "phone": "13800138000"}
    opened = manager.send("/unit-accounts/new", **typed)
    page = main_of(opened)
    assert opened.status_code == 200
    password = text_of(page.split('class="receipt">')[1].split("</p>")[0])
    assert len(password) >= 12
    shown = manager.read("/unit-accounts")
    assert (password in shown, "13800138000" in shown) == (False, False)
    assert "shitang.jb" in shown
    again = manager.send("/unit-accounts/new", **typed)
    assert again.status_code == 409
    assert 'value="shitang.jb"' in main_of(again)
    to = next(one for one in shown.split('"') if one.endswith("/disabling"))
    assert "停用中" in text_of(manager.follow(manager.send("/unit-accounts", to=to)))
    back = to.replace("disabling", "enabling")
    assert "使用中" in text_of(manager.follow(manager.send("/unit-accounts", to=back)))
    renewed = main_of(manager.send(to.replace("disabling", "password-reset")))
    assert text_of(renewed.split('class="receipt">')[1].split("</p>")[0]) != password


def test_limits_are_set_by_the_manager_and_blank_tiers_are_none(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    manager = person("buyer_manager")
    typed = {
        "direct_up_to_fen": "50.00",
        "tiers.0.up_to_fen": "1000",
        "tiers.0.steps.0.kind": "reviewer",
        "tiers.1.steps.0.kind": "reviewer",
        "tiers.1.steps.1.kind": "finance",
        "lapse_days": "30",
    }
    wrong = manager.send("/approval-rules/new", **(typed | {"tiers.0.up_to_fen": "20"}))
    assert "各档上限应递增" in main_of(wrong)
    page = text_of(manager.follow(manager.send("/approval-rules/new", **typed)))
    assert "¥50.00 ¥1,000.00 以内: 审核 更多: 审核 → 财务" in page.replace(":审核", ": 审核")
    assert buyer.get("/approval-rules/new").status_code == 403
    assert "现行" in text_of(buyer.read("/approval-rules"))


def test_a_reviewer_lets_a_colleague_stand_in_and_ends_it(shop: Shop, person: Opened) -> None:
    person("buyer_finance")
    reviewer = person("buyer_reviewer")
    form = reviewer.read("/approval-delegations/new")
    colleague = form.split('<option value="')[2].split('"')[0]
    done = reviewer.send(
        "/approval-delegations/new",
        to_account_id=colleague,
        starts_at="2020-10-01T12:00",
        ends_at="2020-10-05T12:00",
        reason="出差",
    )
    page = reviewer.follow(done)
    assert "有效" in text_of(page)
    to = next(
        one for one in page.split('"') if one.startswith("/approval-delegations/") and one.endswith("/end")
    )
    assert "已结束" in text_of(reviewer.follow(reviewer.send("/approval-delegations", to=to)))


def test_addresses_are_kept_masked_and_two_tabs_do_not_overwrite_each_other(
    shop: Shop, buyer: Visitor
) -> None:
    page = buyer.follow(buyer.send("/delivery-addresses/new", label="机关食堂", **WRITTEN))
    assert ("演示收货人" in page, "020-00000000" in page, "演*" in page) == (False, False, True)
    path = next(one for one in page.split('"') if one.startswith("/delivery-addresses/0"))
    path = path.removesuffix("/removal")
    seen_first = form_of(buyer.read(path))
    assert buyer.send(path, label="老食堂", **WRITTEN).status_code == 303
    stale = buyer.client.post(path, data=seen_first | WRITTEN | {"label": "新食堂"}, base_url=HTTPS)
    assert stale.status_code == 412
    assert "老食堂" in buyer.read("/delivery-addresses")
    assert "还没有收货地址" in text_of(buyer.follow(buyer.send("/delivery-addresses", to=f"{path}/removal")))


def test_lines_of_a_plan_are_typed_or_read_from_a_file_all_or_none(shop: Shop, buyer: Visitor) -> None:
    path = buyer.send("/purchase-plans/new", year="2020").headers["Location"]
    line = {"lines.1.category_code": "01", "lines.1.fund_source": "canteen", "lines.1.amount_fen": "1,000"}
    wrong = buyer.send(f"{path}/lines", **(line | {"lines.1.month": "13"}))
    assert 'id="f-lines-1-month-error"' in main_of(wrong)
    assert "¥0.00 / ¥1,000.00" in text_of(buyer.follow(buyer.send(f"{path}/lines", **line)))
    bad = upload(buyer, f"{path}/lines", f"{path}/lines-file", "品类,资金来源,金额\n水果,食堂,x\n")
    assert bad.status_code == 422
    good = upload(buyer, f"{path}/lines", f"{path}/lines-file", "品类,资金来源,金额\n水果,工会,20\n")
    page = text_of(buyer.follow(good))
    assert ("¥20.00" in page, "¥1,000.00" in page) == (True, False)


def test_gifts_go_to_the_people_of_a_file_who_are_shown_masked_only(shop: Shop, buyer: Visitor) -> None:
    assert "购物车里没有勾选的商品" in buyer.read("/gift-orders/new")
    buyer.send(f"/goods/{shop.listings[0].id}", to="/cart/lines", quantity="1")
    bad = upload(buyer, "/gift-orders/new", "", LIST.replace("13800138001", "电话"))
    assert bad.status_code == 422
    assert "电话号码格式不正确" in main_of(bad)
    preview = upload(buyer, "/gift-orders/new", "", LIST)
    page = main_of(preview)
    assert "共 2 位收件人" in page
    assert "¥147.00" in page
    assert [name in page for name in ("王小明", "13800138001", "演示路1号")] == [False] * 3
    typed = form_of(page, "/gift-orders/placing") | WRITTEN | {"payment_method": "prepaid"}
    refused = buyer.client.post(
        "/gift-orders/placing", data=typed | {"deliver_to.telephone": "x"}, base_url=HTTPS
    )
    assert "电话号码格式不正确" in main_of(refused)
    typed |= form_of(main_of(refused), "/gift-orders/placing")
    placed = buyer.client.post("/gift-orders/placing", data=typed, base_url=HTTPS)
    number = buyer.follow(placed).split('href="/orders/')[1].split('"')[0]
    assert "购物车是空的" in buyer.read("/cart")
    assert "王*" in buyer.read(f"/gift-orders/{number}")
    assert number in buyer.read("/gift-orders")


def test_sealed_recipients_of_another_account_open_nothing(
    shop: Shop, buyer: Visitor, person: Opened
) -> None:
    other = person("buyer")
    for one in (buyer, other):
        one.send(f"/goods/{shop.listings[0].id}", to="/cart/lines", quantity="1")
    page = main_of(upload(other, "/gift-orders/new", "", LIST))
    stolen = form_of(page, "/gift-orders/placing")["sealed"]
    mine = form_of(main_of(upload(buyer, "/gift-orders/new", "", LIST)), "/gift-orders/placing")
    typed = mine | WRITTEN | {"payment_method": "prepaid", "sealed": stolen}
    assert buyer.client.post("/gift-orders/placing", data=typed, base_url=HTTPS).status_code == 400


def test_lists_of_the_unit_are_read_in_few_statements(shop: Shop, buyer: Visitor) -> None:
    for path in (
        "/delivery-addresses",
        "/favourites",
        "/approval-rules",
        "/approval-delegations",
        "/gift-orders",
    ):
        with counted() as asked:
            buyer.read(path)
        tables = ("delivery_address", "favourite", "approval_rule", "approval_delegation", "parcel")
        assert len([one for one in asked if any(f"orders.{name}" in one for name in tables)]) <= 5, path
