"""A real site over a small demo, and real browsers on it: Debian's chromium, phones and desks, with and without scripts.

Tests that use them are marked `web` and run by `make test-web`; the others of this folder are ordinary ones over the test client.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from benchmarks.server import gunicorn
from marketplace.core import db, embedded
from marketplace.core.migrate import APP_ROLE
from tests.support.visitors import visitor

__all__ = ["visitor"]

NAME = "sanzhuan_pages"
ORDERS = 100
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
SIZES = {
    "desk": {"width": 1440, "height": 900},
    "phone": {"width": 375, "height": 740},
    "wall": {"width": 1920, "height": 1080},
}


@dataclass
class Site:
    """The running site: where it answers, its database, and sessions of those who have signed in."""

    url: str
    database: db.Database
    passwords: dict[str, str]  # by login name
    log: Path  # what the service wrote down
    sessions: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="session")
def site(
    app: Flask, server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The demo of one city (100 orders, all adverse cases), served by gunicorn as in production but over plain HTTP."""
    from rich.console import Console

    from marketplace.demo.load import load
    from marketplace.demo.steps.logins import logins
    from marketplace.demo.twin import Twin
    from marketplace.demo.world import plan
    from search.feature import SEARCH

    server.create_database(NAME, template="sanzhuan_template")
    database = db.connect(db.Database(server.url(APP_ROLE, NAME)))
    data = tmp_path_factory.mktemp("data")
    settings = replace(app.extensions["settings"], data_dir=data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("marketplace.core.files._root", data / "files")
        with Twin.start(settings, app.extensions["attach"]) as twin:
            load(plan("2020", ORDERS, "4414"), Console(file=StringIO()), "2020", twin, SEARCH.derived)
    environment = {
        "DATABASE_URL": database.url,
        "SANZHUAN_SECRET_KEY": "test",
        "SANZHUAN_ENCRYPTION_KEYS": settings.encryption_keys,
        "SANZHUAN_INDEX_KEY": settings.index_key,
        "SANZHUAN_SIGNING_KEYS": settings.signing_keys,
        "SANZHUAN_DATA_DIR": str(data),
    }
    with gunicorn("wsgi:create_app()", environment, workers=1, ready="/readyz") as web:
        yield Site(
            web.url.replace("127.0.0.1", "localhost"),
            database,
            {one.login: one.password for one in logins()},
            web.log,
        )
    database.dispose()
    server.drop_database(NAME)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A started browser. It is never downloaded: where there is none, the test fails and says what to install."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.fail("no chromium: `apt-get install chromium fonts-noto-cjk`, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(site: Site, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a page as somebody: ``page = visit("demo.buyer", "/orders", size="phone", scripts=False)``; "" is nobody.

    The page collects what its scripts complain of in `page.complaints`: at the end of the test there must be nothing.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def open_page(
        login: str = "", path: str = "/", *, size: str = "desk", scripts: bool = True, language: str = "zh-CN"
    ) -> Any:
        context = chromium.new_context(
            viewport=SIZES[size],
            java_script_enabled=scripts,
            locale=language,
            timezone_id="Asia/Shanghai",
            base_url=site.url,
            has_touch=size == "phone",
        )
        contexts.append(context)
        if login:
            context.add_cookies(session_of(site, chromium, login))
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type == "error" and "status of 4" not in said.text
                else None
            ),
        )
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def session_of(site: Site, chromium: Any, login: str) -> Any:
    """The cookies of somebody who signed in by the sign-in page, once for all tests."""
    if login not in site.sessions:
        with opened(chromium, site) as context:
            page = context.new_page()
            sign_in(page, login, site.passwords[login])
            site.sessions[login] = context.cookies()
    return site.sessions[login]


@contextmanager
def opened(chromium: Any, site: Site, **more: Any) -> Iterator[Any]:
    context = chromium.new_context(base_url=site.url, locale="zh-CN", **more)
    try:
        yield context
    finally:
        context.close()


def sign_in(page: Any, login: str, password: str) -> None:
    """Fill in the sign-in page."""
    page.goto("/sign-in")
    page.fill("#f-login", login)
    page.fill("#f-password", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/sign-in" not in address)
