"""The reimbursement pack: one PDF in the order in which finance reads it, with a cover that says what is missing."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)
from sqlalchemy import select

from marketplace.core import files
from marketplace.core.errors import Conflict, Forbidden, NotFound
from marketplace.core.models import AuditRecord
from marketplace.orders import service
from marketplace.orders.service import acceptance_record, contracts
from marketplace.payments.service.pack import build_pack, building, sections
from marketplace.payments.service.pack.joining import cleaned
from tests.orders_world import Shop, actor_of
from tests.support.contracts import register, sent, side_actor, upload
from tests.support.photos import WEBP


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    files.install(tmp_path)


def png(width: int = 60, height: int = 80) -> bytes:
    """A red picture that every reader opens."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def pages(content: bytes) -> list[str]:
    """The text of each page, without blanks."""
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def stamped(contract_paper: bytes, words: str) -> bytes:
    """The paper with one more page's worth of nothing, as a scanner would make another file of it."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(contract_paper))
    writer.add_metadata({"/Title": words})
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


def signed_with(shop: Shop, contract_number: str, contents: dict[str, tuple[str, bytes]]) -> None:
    """Both sides sign with these files, each checked by the other side."""
    for side, (form, content) in contents.items():
        actor = side_actor(shop, side)
        file_id = upload(shop.session, actor, content, "签署件")
        row = contracts.sign(
            shop.session, actor, contract_number, contracts.Signed(side, form, file_id, f"{side} 公章")
        )
        checker = side_actor(shop, "buyer" if side == "seller" else "seller")
        contracts.check_signature(shop.session, checker, row.id, approve=True, opinion=None)


def test_everything_in_its_order_with_the_pages_where_it_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(shop)
    order = shop.place([2], payment_method="after_delivery")
    contract = sent(shop, order)
    paper = contracts.document_bytes(shop.session, contract)
    scan = stamped(paper, "扫描")
    signed_with(shop, contract.number, {"seller": ("stamped_scan", scan), "buyer": ("stamped_scan", png())})
    shop.deliver(order)
    service.accept(shop.session, shop.buyer_actor, order.number)
    shop.pay(order)
    invoice = shop.session.get_one(
        files.StoredFile, upload(shop.session, shop.seller_actor, stamped(paper, "发票"), "发票.pdf")
    )
    monkeypatch.setattr(sections, "invoice_files_of", lambda *_: [invoice])
    pack = build_pack(shop.session, shop.buyer_actor, order.number)
    found = pages(pack.content)
    assert pack.lacking == []
    length = len(pages(paper))
    assert len(found) == 1 + length + 1 + length + 1 + 1
    assert found[0].startswith("报销资料包")
    assert "资料齐全" in found[0]
    assert "购销合同" in found[1]
    assert found[1 + length] == ""  # the buyer's scan is a picture
    assert "商品验收单" in found[-2]
    assert "付款凭证" in found[-1]
    assert "人民币玖拾捌元整" in found[-1]
    looks = shop.session.scalars(
        select(AuditRecord.action).where(AuditRecord.action == "payments.pack.read")
    ).all()
    assert looks == ["payments.pack.read"]


def test_photos_of_what_arrived_follow_the_record_for_who_may_look_at_them(shop: Shop) -> None:
    register(shop)
    order = shop.place([2], payment_method="after_delivery")
    shop.deliver(order)
    photos = [upload(shop.session, shop.buyer_actor, content, "到货") for content in (png(), WEBP)]
    service.accept(shop.session, shop.buyer_actor, order.number, photos=photos)
    shown = pages(build_pack(shop.session, shop.buyer_actor, order.number).content)
    assert "到货照片（2）" in shown[0]
    assert "商品验收单" in shown[1]
    assert shown[2:] == ["", ""]  # one page each, for both kinds of picture
    for_finance = pages(build_pack(shop.session, shop.finance, order.number).content)
    assert "到货照片" not in for_finance[0]
    assert len(for_finance) == 2


def test_what_is_missing_is_said_and_does_not_stand_in_the_way(shop: Shop) -> None:
    register(shop)
    order = shop.place([2], payment_method="after_delivery")
    pack = build_pack(shop.session, shop.seller_actor, order.number)
    assert pack.lacking == [
        "合同：未签订合同。",
        "发票：尚未开票。",
        "验收单：尚未验收。",
        "支付凭证：尚无到账登记。",
    ]
    [cover] = pages(pack.content)
    assert cover.count("缺") >= 5
    sent(shop, order)
    shop.pay(order, 4_000)
    pack = build_pack(shop.session, shop.seller_actor, order.number)
    assert pack.lacking[0] == "合同：合同尚未由双方签署（已发出，双方均未签署）。"
    assert pack.lacking[-1] == "支付凭证：尚未付清。"
    assert len(pages(pack.content)) == 2


def test_what_cannot_be_joined_is_attached_apart_with_its_digest(shop: Shop) -> None:
    register(shop)
    order = shop.place([2], payment_method="after_delivery")
    contract = sent(shop, order)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("OFD.xml", "<x/>")
        archive.writestr("Doc_0/Signs/Signatures.xml", "<x/>")
    broken = b"%PDF-1.7 /ByteRange [0 1 2 3] but nothing else"
    signed_with(
        shop,
        contract.number,
        {"seller": ("ca_signature", whole.getvalue()), "buyer": ("ca_signature", broken)},
    )
    cover = pages(build_pack(shop.session, shop.buyer_actor, order.number).content)[0]
    assert cover.count("另附") >= 3
    assert "SHA-256" in cover


def test_only_the_two_sides_and_finance_get_it(shop: Shop) -> None:
    order = shop.place([2])
    assert build_pack(shop.session, actor_of("finance_clerk"), order.number).content.startswith(b"%PDF-")
    with pytest.raises(Forbidden):
        build_pack(shop.session, actor_of("county_officer"), order.number)
    with pytest.raises(NotFound):
        build_pack(shop.session, actor_of("buyer", order.id), order.number)


def test_a_scripted_pdf_leaves_its_scripts_and_links_behind(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(200, 200)
    look = writer._add_object(DecodedStreamObject())
    act = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    shape = {
        NameObject("/Type"): NameObject("/Annot"),
        NameObject("/Rect"): ArrayObject([FloatObject(0)] * 4),
        NameObject("/A"): act,
    }
    stamp = DictionaryObject(
        shape
        | {
            NameObject("/Subtype"): NameObject("/Stamp"),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): look}),
        }
    )
    link = DictionaryObject(shape | {NameObject("/Subtype"): NameObject("/Link")})
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(stamp), writer._add_object(link)])
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): act})
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(act)
    writer.add_attachment("x.exe", b"MZ")
    whole = io.BytesIO()
    writer.write(whole)
    assert whole.getvalue().count(b"/JavaScript") >= 1
    done = cleaned(tmp_path, "one", whole.getvalue(), "application/pdf")
    assert done is not None
    assert done.count == 1
    content = done.path.read_bytes()
    for gone in (b"alert", b"/JavaScript", b"/Link", b"x.exe", b"/OpenAction"):
        assert gone not in content
    assert b"/Stamp" in content


@pytest.mark.parametrize("kind", ["encrypted", "empty", "broken picture", "text", "loop"])
def test_a_file_that_cannot_be_read_costs_its_own_process_only(tmp_path: Path, kind: str) -> None:
    writer = pypdf.PdfWriter()
    whole = io.BytesIO()
    if kind == "encrypted":
        writer.add_blank_page(10, 10)
        writer.encrypt("secret", algorithm="RC4-128")
    elif kind == "loop":  # a tree of pages that contains itself
        tree = writer._root_object["/Pages"]
        tree[NameObject("/Kids")] = ArrayObject([tree.indirect_reference or NullObject()])  # type: ignore[attr-defined]
    writer.write(whole)
    content, media_type = whole.getvalue(), "application/pdf"
    if kind == "broken picture":
        content, media_type = b"\x89PNG\r\n\x1a\nnothing", "image/png"
    if kind == "text":
        media_type = "text/plain"
    assert cleaned(tmp_path, "one", content, media_type) is None


def test_uploads_that_take_too_long_are_attached_apart_and_our_own_papers_are_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(shop)
    order = shop.place([2], payment_method="after_delivery")
    contract = sent(shop, order)
    signed_with(
        shop,
        contract.number,
        {"seller": ("stamped_scan", png()), "buyer": ("stamped_scan", png(61))},
    )
    monkeypatch.setattr(building, "UPLOADS_SECONDS", 0.0)
    found = pages(build_pack(shop.session, shop.buyer_actor, order.number).content)
    assert found[0].count("另附") == 3  # two rows and the heading
    assert "购销合同" in found[1]


def test_the_acceptance_record_says_by_line_what_came_and_what_was_refused(shop: Shop) -> None:
    order = shop.place([3], payment_method="after_delivery")
    with pytest.raises(Conflict) as refused:
        acceptance_record.acceptance_record(shop.session, shop.buyer_actor, order.number)
    assert refused.value.code == "not_accepted"
    shop.deliver(order)
    service.accept(
        shop.session, shop.buyer_actor, order.number, service.Rejected([service.Part(1, 1)], "外箱破损")
    )
    first = acceptance_record.acceptance_record(shop.session, shop.buyer_actor, order.number)
    shop.returned(order, 1, 1)
    again = acceptance_record.acceptance_record(shop.session, shop.seller_actor, order.number)
    assert first.content == again.content
    [page] = pages(first.content)
    for part in (
        order.number,
        "外箱破损",
        "部分商品验收合格",
        "98.00",
        "人民币玖拾捌元整",
        "验收日期：2020年10月1日",
    ):
        assert part in page, part
