"""Every link of every role leads somewhere, in both languages; no page shows a household, fails axe or is too wide."""

from __future__ import annotations

import html as markup
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag, urlsplit

import orjson
import pytest

from marketplace.demo.steps.logins import logins
from tests.support.pages import axe, is_wider_than_the_window, personal
from tests.web.conftest import SIZES, Site, opened, session_of

pytestmark = pytest.mark.web
# Pages of one shape (an order, a notice) are alike: so many of each are read, and so many addresses of one list.
OF_ONE_SHAPE = 3
OF_ONE_LIST = 6
MOST = 400
HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
ELSEWHERE = ("/api/", "/static/")
EVERYBODY = ["", *(one.login for one in logins())]
# One page of each shape and who read it first: filled by the crawl, looked at afterwards.
KINDS: dict[str, tuple[str, str]] = {}


def shape(address: str) -> str:
    """The address with what names one thing taken out."""
    path = urlsplit(address).path
    return "/".join("*" if re.search(r"\d|%|[A-Z]{4}", step) else step for step in path.split("/"))


def links(address: str, html: str) -> Iterator[str]:
    for href in HREF.findall(html):
        target, _ = urldefrag(markup.unescape(href))
        if target.startswith("?"):
            target = urlsplit(address).path + target
        if target.startswith("/") and not target.startswith(ELSEWHERE) and "lang=" not in target:
            yield target


def crawl(request: Any, language: str, login: str) -> tuple[list[str], list[str]]:
    """Read from the start page on as `login`. Returns what went wrong, and the pages read."""
    wrong, read, seen = [], [], Counter[str]()
    waiting = ["/start", "/"]
    known = set(waiting)
    while waiting and len(read) < MOST:
        address = waiting.pop(0)
        seen[shape(address)] += 1
        answer = request.get(address, headers={"Accept-Language": language})
        read.append(address)
        if answer.status >= 400:
            wrong.append(f"{answer.status} {address}")
            continue
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        text = answer.text()
        KINDS.setdefault(shape(address), (login, address))
        wrong += [f"{one} on {address}" for one in personal(text)]
        for target in links(address, text):
            limit = OF_ONE_LIST if shape(target) == urlsplit(target).path else OF_ONE_SHAPE
            if (
                target not in known
                and seen[shape(target)] + sum(shape(w) == shape(target) for w in waiting) < limit
            ):
                known.add(target)
                waiting.append(target)
    return wrong, read


@pytest.mark.timeout(600)
@pytest.mark.parametrize("login", EVERYBODY, ids=lambda login: login or "nobody")
def test_every_link_of_a_role_leads_to_a_page_without_a_household_on_it(
    site: Site, chromium: Any, login: str
) -> None:
    cookies = session_of(site, chromium, login) if login else []
    for language in ("zh", "en"):
        with opened(chromium, site) as context:
            context.add_cookies(cookies)
            wrong, read = crawl(context.request, language, login)
        assert wrong == []
        assert len(read) >= 4


def test_no_text_of_any_page_was_without_english(site: Site) -> None:
    """After the crawl: it reads what the site wrote down while the pages were read in English."""
    lines = site.log.read_bytes().splitlines()
    told = [orjson.loads(line) for line in lines if line.startswith(b"{")]
    assert sorted({one["text"] for one in told if one.get("event") == "no_english"}) == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_page_of_each_kind_has_no_serious_fault_and_fits_its_window(
    site: Site, chromium: Any, size: str
) -> None:
    """After the crawl: it opens one page of each shape that was met, as who met it."""
    assert len(KINDS) >= 80
    wrong = []
    for login in EVERYBODY:
        addresses = [address for who, address in KINDS.values() if who == login]
        with opened(chromium, site, viewport=SIZES[size]) as context:
            context.add_cookies(session_of(site, chromium, login) if login else [])
            page = context.new_page()
            for address in addresses:
                page.goto(address)
                wrong += [f"{one} on {address} ({login})" for one in axe(page)]
                if is_wider_than_the_window(page):
                    wrong.append(f"wider than the window: {address} ({login})")
    assert wrong == []
