"""Orders on pages: the list by state, one order, and what its buyer does with it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from marketplace.core import files
from marketplace.core.db import transaction
from marketplace.core.photos import MOST_BYTES
from marketplace.orders import service
from tests.orders_world import Shop
from tests.support.photos import JPEG, WEBP
from tests.support.statements import counted
from tests.support.visitors import HTTPS, Visitor, form_of, main_of, text_of
from tests.web.buyers.conftest import Opened


def placed(shop: Shop, step: str = "placed") -> str:
    """The number of an order that came so far."""
    with transaction() as session:
        shop.session = session
        order = shop.place((2, 1), payment_method="after_delivery")
        if step in ("delivered", "accepted"):
            shop.deliver(order)
        if step == "accepted":
            service.accept(session, shop.buyer_actor, order.number)
        return order.number


def test_the_list_has_tabs_with_counts_and_is_a_file_too(shop: Shop, buyer: Visitor) -> None:
    first, second = placed(shop), placed(shop, "delivered")
    page = buyer.read("/orders?state=delivered")
    assert second in page
    assert first not in page
    assert "待验收 1" in text_of(page)
    sheet = buyer.get("/orders?state=placed&format=csv").get_data(as_text=True)
    assert first in sheet
    assert second not in sheet


def test_the_list_is_read_in_five_statements_beside_the_frame(shop: Shop, buyer: Visitor) -> None:
    placed(shop)
    with counted() as few:
        buyer.read("/orders")
    for _ in range(3):
        placed(shop)
    with counted() as many:
        buyer.read("/orders")
    assert len(many) == len(few)
    assert len([one for one in many if "sales_order" in one]) <= 5


def test_goods_are_accepted_line_by_line_with_a_reason_for_what_is_rejected(
    shop: Shop, buyer: Visitor
) -> None:
    number = placed(shop, "delivered")
    path, to = f"/orders/{number}", f"/orders/{number}/acceptance"
    assert "演示收货人" not in buyer.read(path)
    refused = buyer.send(path, to=to, **{"rejected.0.quantity": "1", "reason": ""})
    page = main_of(refused)
    assert refused.status_code == 422
    assert "拒收应说明原因" in page
    assert 'value="1"' in page
    done = buyer.send(path, to=to, **{"rejected.0.quantity": "1", "reason": "破损<i>"})
    shown = buyer.follow(done)
    assert "合格 1 · 拒收 1" in text_of(shown)
    assert "部分验收" in text_of(shown)


def test_an_evaluation_is_given_once_however_often_it_is_sent(shop: Shop, buyer: Visitor) -> None:
    number = placed(shop, "accepted")
    to = f"/orders/{number}/evaluation"
    typed = form_of(buyer.read(f"/orders/{number}"), to) | {"stars": "5", "comment": "<b>新鲜</b>"}
    for _ in range(2):
        assert buyer.client.post(to, data=typed, base_url=HTTPS).status_code == 303
    shown = buyer.read(f"/orders/{number}")
    assert "评分 5 星" in text_of(shown)
    assert "<b>新鲜" not in shown


def test_accepted_goods_are_returned_and_the_return_is_withdrawn(shop: Shop, buyer: Visitor) -> None:
    number = placed(shop, "accepted")
    path, to = f"/orders/{number}", f"/orders/{number}/returns"
    nothing = buyer.send(path, to=to, reason="quality")
    assert nothing.status_code == 422
    done = buyer.follow(buyer.send(path, to=to, reason="quality", **{"lines.1.quantity": "1"}))
    assert "待供应商处理" in done
    number_of_return = done.split('action="/returns/')[1].split("/")[0]
    buyer.send(path, to=f"/returns/{number_of_return}/withdrawal")
    assert "已撤回" in text_of(buyer.read(path))


def test_an_order_is_cancelled_and_ordered_again(shop: Shop, buyer: Visitor) -> None:
    number = placed(shop)
    path = f"/orders/{number}"
    assert "取消原因" in main_of(buyer.send(path, to=f"{path}/cancellation", reason=""))
    assert "已取消" in text_of(buyer.follow(buyer.send(path, to=f"{path}/cancellation", reason="重复")))
    assert "¥157.00" in text_of(buyer.follow(buyer.send(path, to=f"{path}/reorder")))


def test_who_only_reads_sees_an_order_without_its_steps(shop: Shop, person: Opened) -> None:
    number = placed(shop, "delivered")
    finance = person("buyer_finance")
    page = finance.read(f"/orders/{number}")
    assert "确认验收" not in page
    assert f"/api/v1/orders/{number}/reimbursement-pack" in page
    assert finance.get(f"/orders/{number}/acceptance").status_code == 403


def test_photos_of_what_arrived_come_with_the_acceptance_and_the_return(
    shop: Shop, buyer: Visitor, person: Opened, tmp_path: Path
) -> None:
    files.install(tmp_path)
    number = placed(shop, "delivered")
    path = f"/orders/{number}"
    paper = {"photo_file_ids": [(BytesIO(b"%PDF-1.7"), "票.pdf")]}
    assert "照片应为 JPEG、PNG 或 WebP" in main_of(buyer.send(path, to=f"{path}/acceptance", **paper))
    two = {"photo_file_ids": [(BytesIO(one), "到货.jpg") for one in (JPEG, WEBP)]}
    shown = buyer.follow(buyer.send(path, to=f"{path}/acceptance", **two))
    assert "照片 2 验收" in text_of(shown)
    back = {"photo_file_ids": [(BytesIO(JPEG), "破损.jpg")], "lines.1.quantity": "1", "reason": "quality"}
    shown = buyer.follow(buyer.send(path, to=f"{path}/returns", **back))
    assert "照片 3 退货 T" in text_of(shown)
    address = re.findall(rf"/api/v1/orders/{number}/photos/[\w-]+", shown)
    assert len(address) == 3
    looked = buyer.get(address[1])
    assert (looked.mimetype, looked.get_data()) == ("image/webp", WEBP)
    seller = person("producer", shop.seller_actor.organisation_id)
    assert address[2] in seller.read(f"/producer/orders/{number}")


def test_more_photos_fit_a_form_than_other_requests_may_hold(
    shop: Shop, buyer: Visitor, tmp_path: Path
) -> None:
    files.install(tmp_path)
    number = placed(shop, "delivered")
    path = f"/orders/{number}"
    large = JPEG + bytes(MOST_BYTES - len(JPEG))
    typed = form_of(buyer.read(path), f"{path}/acceptance")
    three = {"photo_file_ids": [FileStorage(BytesIO(large), f"到货{count}.jpg") for count in range(3)]}
    # Encoded here: the client would put so much into a temporary file that nobody closes.
    boundary, body = encode_multipart(typed | three)
    answer = buyer.client.post(
        f"{path}/acceptance",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        base_url=HTTPS,
    )
    assert "照片 3" in text_of(buyer.follow(answer))
