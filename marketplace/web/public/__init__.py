"""Pages for everybody, without signing in; templates in `templates/public`."""

from __future__ import annotations

from marketplace.web.kit import Pages
from marketplace.web.public.home import pages as home

PAGES: tuple[Pages, ...] = (home,)
