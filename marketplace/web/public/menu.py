"""What everybody finds in the menu, signed in or not."""

from __future__ import annotations

from marketplace.web.kit import Entry, note

ENTRIES: tuple[Entry, ...] = (
    Entry(note("首页"), "/"),
    Entry(note("认定目录"), "/certified", also=("/trace",)),
    Entry(note("公示"), "/notices", also=("/objections",)),
    Entry(note("证书查询"), "/certificates"),
    Entry(note("统计通报"), "/bulletins"),
)
