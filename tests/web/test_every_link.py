"""Every link of every role leads somewhere, in both languages; no page shows a household, fails axe or is too wide."""

from __future__ import annotations

import hashlib
import html as markup
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import orjson
import pytest

from marketplace.demo.steps.logins import logins
from tests.support.pages import AXE, axe, is_wider_than_the_window, personal
from tests.web.conftest import SIZES, Site, opened, session_of

pytestmark = pytest.mark.web
# Pages of one shape (an order, a notice) are alike: so many of each are read, and so many addresses of one list.
OF_ONE_SHAPE = 3
OF_ONE_LIST = 6
MOST = 400
HREF = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')
ELSEWHERE = ("/api/", "/static/")
EVERYBODY = ["", *(one.login for one in logins())]
#: Whether nobody has met a page of that shape yet, in whichever process.
FirstToMeet = Callable[[str], bool]


@pytest.fixture(scope="session")
def first_to_meet(tmp_path_factory: pytest.TempPathFactory) -> FirstToMeet:
    """Tells one of all processes that it is the first, by a file that only one of them can make."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each process has a folder of its own below that of the run
        folder = folder.parent

    def is_first(kind: str) -> bool:
        try:
            (folder / f"kind-{hashlib.sha256(kind.encode()).hexdigest()}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    return is_first


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


def crawl(request: Any, language: str) -> tuple[list[str], list[str], dict[str, str]]:
    """Read from the start page on. Returns what went wrong, the pages read, and the first page of each shape."""
    wrong, read, seen, kinds = [], [], Counter[str](), {}
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
        kinds.setdefault(shape(address), address)
        wrong += [f"{one} on {address}" for one in personal(text)]
        for target in links(address, text):
            limit = OF_ONE_LIST if shape(target) == urlsplit(target).path else OF_ONE_SHAPE
            if (
                target not in known
                and seen[shape(target)] + sum(shape(w) == shape(target) for w in waiting) < limit
            ):
                known.add(target)
                waiting.append(target)
    return wrong, read, kinds


def without_english(log: Path) -> list[str]:
    """Texts that the site wrote down as read in English, by this test or one before it, and not to be had in it."""
    lines = log.read_bytes().splitlines()
    told = [orjson.loads(line) for line in lines if line.startswith(b"{") and b"no_english" in line]
    return sorted({one["text"] for one in told if one.get("event") == "no_english"})


def faults(context: Any, addresses: list[str]) -> list[str]:
    """What axe finds on these pages, and which of them are wider than their window, at a desk and on a phone."""
    wrong = []
    context.add_init_script(path=AXE)
    page = context.new_page()
    for address in addresses:
        page.set_viewport_size(SIZES["desk"])
        page.goto(address)
        for size in ("desk", "phone"):
            page.set_viewport_size(SIZES[size])
            wrong += [f"{one} on {address} ({size})" for one in axe(page)]
            if is_wider_than_the_window(page):
                wrong.append(f"wider than the window: {address} ({size})")
    return wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize("login", EVERYBODY, ids=lambda login: login or "nobody")
def test_every_link_of_a_role_leads_to_a_page_in_both_languages_that_is_fit_to_be_seen(
    site: Site, chromium: Any, login: str, first_to_meet: FirstToMeet
) -> None:
    """No error, no household on it, nothing left in Chinese; and a page of each shape, the first that any role met, looked at."""
    cookies = session_of(site, chromium, login) if login else []
    with opened(chromium, site) as context:
        context.add_cookies(cookies)
        wrong, read, kinds = crawl(context.request, "zh")
        assert wrong == []
        assert len(read) >= 4
        assert faults(context, [address for kind, address in kinds.items() if first_to_meet(kind)]) == []
    with opened(chromium, site) as context:
        context.add_cookies(cookies)
        wrong, read, _ = crawl(context.request, "en")
        assert wrong == []
        assert len(read) >= 4
        assert without_english(site.log) == []


def test_the_pages_of_a_county_and_a_buyer_are_of_eighty_kinds_and_more(site: Site, chromium: Any) -> None:
    kinds: set[str] = set()
    for login in ("demo.county_officer", "demo.buyer"):
        with opened(chromium, site) as context:
            context.add_cookies(session_of(site, chromium, login))
            kinds.update(crawl(context.request, "zh")[2])
    assert len(kinds) >= 80
