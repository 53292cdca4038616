"""Writes docs/images/*.webp: the main pages over the demo, as `make screenshots` does; the README shows them.

    python -m scripts.screenshots                     over the demo that `make demo` made
    python -m scripts.screenshots --url http://…      over a site that runs already
    python -m scripts.screenshots --only notices      only pictures whose name begins so

The browser is Debian's chromium (apt-get install chromium chromium-l10n fonts-noto-cjk), or the one that CHROMIUM names.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
FOLDER: Final = ROOT / "docs" / "images"
SIZES: Final = {"desk": (1440, 900), "phone": (375, 740), "wall": (1920, 1080)}
# A picture ends here, however long its page: in the README it stands a hand wide.
LONGEST_PX: Final = {"desk": 1100, "phone": 1100, "wall": 1080}
QUALITY: Final = 75  # of WebP: letters stay sharp, a page of tables takes less than 100 kB


@dataclass(frozen=True)
class Picture:
    """One picture: name of the file, who looks (a demo login; "" for nobody), address, size, language.

    `first` is a CSS selector: the first thing that fits is opened before the picture is taken (one order of a list).
    """

    name: str
    login: str
    path: str
    size: str = "desk"
    first: str = ""
    language: str = "zh-CN"


# One line for each main page.
PICTURES: Final = (
    Picture("public-home", "", "/"),
    Picture("public-catalogue", "", "/certified"),
    Picture("public-notice", "", "/notices", first="tbody th a"),
    Picture("public-bulletin", "", "/bulletins", first="tbody th a"),
    Picture("public-check-phone", "", "/certificates?number=440103-2019-01-0001", "phone"),
    Picture("sign-in", "", "/sign-in"),
    Picture("officials-channels", "demo.platform_operator", "/admin/channels"),
    Picture(
        "officials-channel", "demo.platform_operator", "/admin/channels?kind=counter", first="tbody td a"
    ),
    Picture("officials-coverage", "demo.province_officer", "/admin/channels/coverage?period=2020-12"),
    Picture("officials-producer", "demo.county_officer", "/admin/producers", first="tbody td a"),
    Picture("officials-households", "demo.county_officer", "/admin/households"),
    Picture("officials-household-phone", "demo.county_officer", "/admin/households", "phone", "tbody td a"),
    Picture("officials-agreement", "demo.county_officer", "/admin/agreements", first="tbody td a"),
    Picture("officials-organisations", "demo.county_officer", "/admin/organisations"),
    Picture("officials-filings", "demo.finance_supervisor", "/admin/reserve-filings"),
    Picture("officials-account", "demo.security_admin", "/admin/accounts", first="tbody td a"),
    Picture("officials-audit", "demo.auditor", "/admin/audit?with_purpose=true"),
    Picture("inbox", "demo.producer", "/inbox"),
    Picture("declarations", "demo.city_statistician", "/admin/declarations"),
    Picture("declaration", "demo.city_statistician", "/admin/declarations", first="tbody a"),
    Picture("reporting-rate", "demo.city_statistician", "/admin/declarations/rate?from_period=2020-11"),
    Picture("declarations-register", "demo.city_statistician", "/admin/declarations/register?period=2020-11"),
    Picture("intake", "demo.channel_operator", "/admin/intake"),
    Picture("intake-upload", "demo.channel_operator", "/admin/intake/uploads/new"),
    Picture("intake-board", "demo.province_officer", "/admin/intake/boards?channel=YS-0000&period=2020-11"),
    Picture("household-new", "demo.county_officer", "/admin/households/new"),
    Picture("aid-shares", "demo.province_officer", "/admin/intake/shares?period=2020-11"),
    Picture("declared-purchase-phone", "demo.buyer", "/declared-purchases/new", "phone"),
    Picture("statistics", "demo.province_officer", "/admin/statistics?from=2020-01&to=2020-11&by=origin"),
    Picture("report", "demo.province_officer", "/admin/reports/R1?period=2020-09&area=440000"),
    Picture("wall", "demo.province_officer", "/admin/wall?period=2020-11", "wall"),
    Picture("producer-start", "demo.producer", "/producer"),
    Picture("producer-start-phone", "demo.producer", "/producer", "phone"),
    Picture("producer-order", "demo.producer", "/producer/orders", first="tbody th a"),
    Picture("producer-order-phone", "demo.producer", "/producer/orders", "phone", first="tbody th a"),
    Picture("producer-inquiries", "demo.producer", "/producer/inquiries"),
    Picture("producer-invoices", "demo.producer", "/producer/invoices/issued"),
    Picture("producer-receivables", "demo.producer_finance", "/producer/receivables"),
    Picture("producer-receipts", "demo.producer_finance", "/producer/receipts"),
    Picture("producer-money", "demo.producer", "/producer/money"),
    Picture("producer-agreement", "demo.producer", "/producer/agreements", first="tbody th a"),
    Picture("producer-sales", "demo.producer", "/producer/sales"),
    Picture("producer-sales-phone", "demo.producer", "/producer/sales", "phone"),
    Picture("public-certificate-phone", "", "/certified", "phone", "tbody th a"),
    Picture("public-search-english", "", "/search", language="en-GB"),
    Picture("buyer-home", "demo.buyer", "/"),
    Picture("buyer-search", "demo.buyer", "/search?q=金柚"),
    Picture("buyer-goods", "demo.buyer", "/search?q=金柚", first=".card h3 a"),
    Picture("buyer-order", "demo.buyer", "/orders", first="tbody th a"),
    Picture("buyer-payments-phone", "demo.buyer", "/payments", "phone"),
    Picture("producer-start-phone", "demo.producer", "/producer", "phone"),
    Picture("producer-orders-phone", "demo.producer", "/producer/orders", "phone"),
    Picture("producer-order-phone", "demo.producer", "/producer/orders", "phone", "tbody th a"),
    Picture("producer-shelves-phone", "demo.producer", "/producer/shelves", "phone"),
    Picture("producer-agreement-phone", "demo.producer", "/producer/agreements", "phone", "tbody th a"),
    Picture("producer-sales", "demo.producer", "/producer/sales"),
    Picture("officials-review", "demo.county_officer", "/admin/reviews?all=1", first="tbody a"),
    Picture("officials-agreement", "demo.county_officer", "/admin/agreements", first="tbody td a"),
    Picture("officials-household-phone", "demo.county_officer", "/admin/households", "phone", "tbody td a"),
    Picture(
        "officials-coverage", "demo.province_officer", "/admin/channels/coverage?period=2020-11&area=440000"
    ),
    Picture("officials-shares", "demo.province_officer", "/admin/intake/shares?period=2020-11"),
    Picture("officials-register", "demo.province_officer", "/admin/declarations/register?period=2020-10"),
    Picture(
        "officials-statistics",
        "demo.province_officer",
        "/admin/statistics?measure=sales&measure=aid_sales&by1=origin&from=2020-01&to=2020-11",
    ),
    Picture("officials-report", "demo.province_officer", "/admin/reports/R1?period=2020-09&area=440000"),
    Picture("officials-audit", "demo.auditor", "/admin/audit"),
    Picture("wall", "demo.province_officer", "/admin/wall?period=2020-11", "wall"),
)


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="", help="a running site with the demo")
    parser.add_argument("--only", default="", help="beginning of the names of the pictures wanted")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _site(asked.url) as url:
        take(url, [one for one in PICTURES if one.name.startswith(asked.only)])


def _site(url: str) -> AbstractContextManager[str]:
    return nullcontext(url) if url else _own_site()


class _own_site(AbstractContextManager[str]):  # noqa: N801 - used as a function
    """The demo of the embedded database under gunicorn."""

    def __enter__(self) -> str:
        from benchmarks.server import gunicorn
        from marketplace.core import db
        from marketplace.core.settings import Settings
        from marketplace.demo import store
        from wsgi import create_app

        settings = Settings.from_env()
        create_app(settings)
        if store.state() != store.LOADED:
            raise SystemExit("there is no demo to look at: make demo ARGS=--no-serve")
        environment = {
            "DATABASE_URL": db.current().url,
            "SANZHUAN_DATA_DIR": str(settings.data_dir.resolve()),
        }
        self._web = gunicorn("wsgi:create_app()", environment, workers=1, ready="/readyz")
        return self._web.__enter__().url.replace("127.0.0.1", "localhost")

    def __exit__(self, *told: Any) -> None:
        self._web.__exit__(*told)


def take(url: str, pictures: list[Picture]) -> None:
    """Take `pictures` of the site at `url`."""
    from playwright.sync_api import sync_playwright

    from marketplace.demo.steps.logins import logins

    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        raise SystemExit("no chromium: apt-get install chromium fonts-noto-cjk, or set CHROMIUM to its path")
    passwords = {one.login: one.password for one in logins()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            env={**os.environ, "LANGUAGE": "zh_CN"},  # of what the browser itself writes: a date, 选择文件
        )
        cookies: dict[str, Any] = {"": []}
        for one in pictures:
            width, height = SIZES[one.size]
            context = browser.new_context(
                base_url=url,
                viewport={"width": width, "height": height},
                locale=one.language,
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            page = context.new_page()
            if one.login not in cookies:
                cookies[one.login] = _session_of(page, one.login, passwords[one.login])
            context.add_cookies(cookies[one.login])
            page.goto(one.path)
            if one.first:
                page.locator(one.first).first.click()
            page.wait_for_load_state("networkidle")
            picture = _webp(page, width, LONGEST_PX[one.size])
            (FOLDER / f"{one.name}.webp").write_bytes(picture)
            print(f"docs/images/{one.name}.webp  {len(picture) // 1000} kB  {page.url}")
            context.close()
        browser.close()


def _session_of(page: Any, login: str, password: str) -> Any:
    """The cookies of somebody who signed in by the sign-in page."""
    page.goto("/sign-in")
    page.fill("#f-login", login)
    page.fill("#f-password", password)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    return page.context.cookies()


def _webp(page: Any, width_px: int, longest_px: int) -> bytes:
    """The page from its top, as WebP, which playwright's own screenshots do not know."""
    height_px = min(page.evaluate("document.documentElement.scrollHeight"), longest_px)
    page.set_viewport_size(
        {"width": width_px, "height": height_px}
    )  # what keeps to the window's edge is there
    shot = page.context.new_cdp_session(page).send(
        "Page.captureScreenshot",
        {
            "format": "webp",
            "quality": QUALITY,
            "clip": {"x": 0, "y": 0, "width": width_px, "height": height_px, "scale": 1},
        },
    )
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    main()
