"""The parts of 数据接入 as tabs: each is shown to whom its guard lets in."""

from __future__ import annotations

from typing import Final

from marketplace.core.actor import Actor
from marketplace.web.kit import note
from marketplace.web.kit import say as _

_PLACES: Final = (
    ("overview", note("概览"), "/admin/intake", None),
    ("batches", note("批次"), "/admin/intake/batches", "intake.submit"),
    ("quarantine", note("待处理行"), "/admin/intake/quarantine", "intake.submit"),
    ("boards", note("月度上报情况"), "/admin/intake/boards", "intake.read"),
    ("duplicates", note("重复上报"), "/admin/intake/duplicates", "intake.read"),
    ("purchases", note("采购申报"), "/admin/intake/purchases", "intake.verify"),
    ("pledges", note("签约登记"), "/admin/intake/pledges", "intake.pledges"),
    ("health", note("渠道运行"), "/admin/intake/health", "intake.read"),
    ("tasks", note("专柜任务"), "/admin/intake/tasks", "intake.read"),
    ("recalls", note("产品召回"), "/admin/intake/recalls", "intake.recall"),
    ("findings", note("专柜线索"), "/admin/intake/findings", "intake.read"),
    ("shares", note("扶贫占比"), "/admin/intake/shares", "intake.read"),
)
ANY_OF: Final = frozenset(permission for *_rest, permission in _PLACES if permission is not None)


def tabs(actor: Actor) -> list[tuple[str, str, str, None]]:
    """Code, title and address of each part that is open to the actor, for `parts.tabs`."""
    return [
        (code, _(title), path, None)
        for code, title, path, permission in _PLACES
        if permission is None or actor.may(permission)
    ]
