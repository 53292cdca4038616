"""What buyers' pages call states whose machines have no titles of their own: title and tone of the badge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marketplace.web.kit import note
from marketplace.web.kit import say as _

Titled = Mapping[str, tuple[str, str]]

CONTRACTS: Final[Titled] = {
    "drafted": (note("起草中"), "quiet"),
    "sent": (note("待签署"), "warn"),
    "signed_by_one": (note("一方已签"), "info"),
    "signed": (note("双方已签"), "good"),
    "void": (note("已作废"), "quiet"),
}
SIGNATURES: Final[Titled] = {
    "uploaded": (note("待对方核对"), "warn"),
    "checked": (note("已核对"), "good"),
    "refused": (note("未通过核对"), "bad"),
}
INVOICE_REQUESTS: Final[Titled] = {
    "requested": (note("待开票"), "warn"),
    "issued": (note("已开票"), "good"),
    "refused": (note("供货方退回"), "bad"),
    "withdrawn": (note("已撤回"), "quiet"),
}
CHECKS: Final[Titled] = {
    "unchecked": (note("待验票"), "warn"),
    "accepted": (note("验票通过"), "good"),
    "refused": (note("发票已退"), "bad"),
}
ONLINE: Final[Titled] = {
    "created": (note("准备中"), "info"),
    "unknown": (note("等待支付通道"), "info"),
    "open": (note("待支付"), "warn"),
    "authorised": (note("已授权"), "info"),
    "captured": (note("已支付"), "good"),
    "canceled": (note("已取消"), "quiet"),
    "failed": (note("未能发起"), "bad"),
}
INQUIRIES: Final[Titled] = {
    "open": (note("报价中"), "info"),
    "opened": (note("待定标"), "warn"),
    "awarded": (note("已定标"), "good"),
    "cancelled": (note("已取消"), "quiet"),
}
PARCELS: Final[Titled] = {
    "waiting": (note("待发货"), "quiet"),
    "shipped": (note("已发货"), "info"),
    "delivered": (note("已送达"), "good"),
    "cancelled": (note("已取消"), "quiet"),
}
ACCOUNTS: Final[Titled] = {
    "active": (note("使用中"), "good"),
    "locked": (note("已锁定"), "warn"),
    "disabled": (note("停用中"), "quiet"),
}


def titled(states: Titled) -> dict[str, tuple[str, str]]:
    """The titles in the language of the request, with their tones."""
    return {code: (_(title), tone) for code, (title, tone) in states.items()}
