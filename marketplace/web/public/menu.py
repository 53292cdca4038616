"""What everybody finds in the menu, signed in or not."""

from __future__ import annotations

from marketplace.web.kit import Entry, note

ENTRIES: tuple[Entry, ...] = (Entry(note("首页"), "/"),)
