"""Pages for everybody, without signing in; templates in `templates/public`."""

from __future__ import annotations

from marketplace.web.kit import Pages
from marketplace.web.public import bulletins, certified, home, notices, trace

PAGES: tuple[Pages, ...] = (home.pages, certified.pages, notices.pages, bulletins.pages, trace.pages)
