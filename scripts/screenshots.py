"""Writes docs/images/*.png: the main pages over the demo, as `make screenshots` does.

    python -m scripts.screenshots                     over the demo that `make demo` made
    python -m scripts.screenshots --url http://…      over a site that runs already
    python -m scripts.screenshots --only notices      only pictures whose name begins so

The browser is Debian's chromium (apt-get install chromium fonts-noto-cjk), or the one that CHROMIUM names.
"""

from __future__ import annotations

import argparse
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


@dataclass(frozen=True)
class Picture:
    """One picture: name of the file, who looks (a demo login; "" for nobody), address, size; `first` follows a link of that page.

    `first` is a CSS selector: the first thing that fits is opened before the picture is taken (one order of a list).
    """

    name: str
    login: str
    path: str
    size: str = "desk"
    first: str = ""
    whole: bool = True


# One line for each main page; the README shows some of them.
PICTURES: Final = (
    Picture("public-home", "", "/"),
    Picture("public-home-phone", "", "/", "phone"),
    Picture("public-catalogue", "", "/certified", whole=False),
    Picture("public-catalogue-phone", "", "/certified", "phone", whole=False),
    Picture("public-certificate", "", "/certified", first="tbody th a"),
    Picture("public-notice", "", "/notices", first="tbody th a"),
    Picture("public-bulletin", "", "/bulletins", first="tbody th a"),
    Picture("public-check-phone", "", "/certificates?number=440103-2019-01-0001", "phone"),
    Picture("sign-in", "", "/sign-in"),
    Picture("officials-channels", "demo.platform_operator", "/admin/channels", whole=False),
    Picture(
        "officials-channel", "demo.platform_operator", "/admin/channels?kind=counter", first="tbody td a"
    ),
    Picture("officials-coverage", "demo.province_officer", "/admin/channels/coverage?period=2020-12"),
    Picture("officials-producer", "demo.county_officer", "/admin/producers", first="tbody td a"),
    Picture("officials-households", "demo.county_officer", "/admin/households", whole=False),
    Picture("officials-household-phone", "demo.county_officer", "/admin/households", "phone", "tbody td a"),
    Picture("officials-agreement", "demo.county_officer", "/admin/agreements", first="tbody td a"),
    Picture("officials-organisations", "demo.county_officer", "/admin/organisations", whole=False),
    Picture("officials-filings", "demo.finance_supervisor", "/admin/reserve-filings"),
    Picture("officials-account", "demo.security_admin", "/admin/accounts", first="tbody td a"),
    Picture("officials-audit", "demo.auditor", "/admin/audit?with_purpose=true", whole=False),
    Picture("inbox", "demo.producer", "/inbox", whole=False),
    Picture("declarations", "demo.city_statistician", "/admin/declarations", whole=False),
    Picture("declaration", "demo.city_statistician", "/admin/declarations", first="tbody a"),
    Picture("reporting-rate", "demo.city_statistician", "/admin/declarations/rate?from_period=2020-11"),
    Picture("declarations-register", "demo.city_statistician", "/admin/declarations/register?period=2020-11"),
    Picture("intake", "demo.channel_operator", "/admin/intake", whole=False),
    Picture("intake-upload", "demo.channel_operator", "/admin/intake/uploads/new"),
    Picture("intake-board", "demo.province_officer", "/admin/intake/boards?channel=YS-0000&period=2020-11"),
    Picture("household-new", "demo.county_officer", "/admin/households/new"),
    Picture("aid-shares", "demo.province_officer", "/admin/intake/shares?period=2020-11", whole=False),
    Picture("declared-purchase-phone", "demo.buyer", "/declared-purchases/new", "phone"),
    Picture("statistics", "demo.province_officer", "/admin/statistics?from=2020-01&to=2020-11&by=origin"),
    Picture("report", "demo.province_officer", "/admin/reports/R1?period=2020-09&area=440000"),
    Picture("wall", "demo.province_officer", "/admin/wall?period=2020-11", "wall", whole=False),
    Picture("producer-start", "demo.producer", "/producer", whole=False),
    Picture("producer-start-phone", "demo.producer", "/producer", "phone"),
    Picture("producer-order", "demo.producer", "/producer/orders", first="tbody th a"),
    Picture("producer-order-phone", "demo.producer", "/producer/orders", "phone", first="tbody th a"),
    Picture("producer-inquiries", "demo.producer", "/producer/inquiries", whole=False),
    Picture("producer-invoices", "demo.producer", "/producer/invoices/issued", whole=False),
    Picture("producer-receivables", "demo.producer_finance", "/producer/receivables", whole=False),
    Picture("producer-receipts", "demo.producer_finance", "/producer/receipts", whole=False),
    Picture("producer-money", "demo.producer", "/producer/money", whole=False),
    Picture("producer-agreement", "demo.producer", "/producer/agreements", first="tbody th a"),
    Picture("producer-sales", "demo.producer", "/producer/sales", whole=False),
    Picture("producer-sales-phone", "demo.producer", "/producer/sales", "phone"),
    Picture("buyer-home", "demo.buyer", "/"),
    Picture("buyer-home-phone", "demo.buyer", "/", "phone"),
    Picture("buyer-search", "demo.buyer", "/search", whole=False),
    Picture("buyer-goods", "demo.buyer", "/search", first=".card h3 a"),
    Picture("buyer-cart", "demo.buyer", "/cart"),
    Picture("buyer-orders", "demo.buyer", "/orders", whole=False),
    Picture("buyer-payments", "demo.buyer", "/payments", whole=False),
    Picture("buyer-invoices", "demo.buyer", "/invoices", whole=False),
    Picture("buyer-inquiry", "demo.buyer", "/price-inquiries/new?q=柚", whole=False),
    Picture("buyer-gifts", "demo.buyer", "/gift-orders", whole=False),
    Picture("buyer-unit", "demo.buyer", "/unit", whole=False),
    Picture("buyer-limits", "demo.buyer_manager", "/approval-rules/new", whole=False),
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
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        cookies: dict[str, Any] = {"": []}
        for one in pictures:
            width, height = SIZES[one.size]
            context = browser.new_context(
                base_url=url,
                viewport={"width": width, "height": height},
                locale="zh-CN",
                reduced_motion="reduce",
            )
            page = context.new_page()
            if one.login not in cookies:
                page.goto("/sign-in")
                page.fill("#f-login", one.login)
                page.fill("#f-password", passwords[one.login])
                page.click("main button[type=submit]")
                page.wait_for_url(lambda address: "/sign-in" not in address)
                cookies[one.login] = context.cookies()
            context.add_cookies(cookies[one.login])
            page.goto(one.path)
            if one.first:
                page.locator(one.first).first.click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{one.name}.png", full_page=one.whole)
            print(f"docs/images/{one.name}.png  {page.url}")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
