"""Titles of codes that pages show: each has its English, here or among those that JSON answers carry, and none is left over."""

import importlib
import pkgutil
import tomllib

import marketplace.statistics.reports as reports_package
from marketplace.accounts.codes import NOTICE_KINDS
from marketplace.accounts.permissions import ROLES
from marketplace.beneficiaries.rules import VERSION_TITLES
from marketplace.catalogue.service.shelves import GOODS_CLASS_TITLES, LISTING_TITLES
from marketplace.certification.rules.schemes import schemes
from marketplace.certification.rules.standing import REVOCATION_CAUSES, STANDINGS
from marketplace.certification.service.applications import KINDS as APPLICATION_KINDS
from marketplace.certification.service.notices import FREE_OF_CHARGE
from marketplace.certification.service.objections import OUTCOMES
from marketplace.certification.service.public import NOTICE_STANDINGS
from marketplace.core import messages
from marketplace.core.money import TAX_TREATMENTS
from marketplace.orders.participation import MODES
from marketplace.orders.service.selling import TASK_TITLES
from marketplace.orders.titles import (
    EVENT_TITLES,
    INVOICE_TITLES,
    ORDER_TITLES,
    PAYMENT_TITLES,
    RETURN_TITLES,
)
from marketplace.payments.rules.settlement import PAYOUT_TITLES
from marketplace.producers.codes import ENTITY_KINDS, PRODUCT_STATUSES, QUALITY_MARKS
from marketplace.statistics.bulletins.cells import WITHHELD_NOTE
from marketplace.web.kit.words import FOLDER, catalogue

TITLES = tomllib.loads((FOLDER / "titles.toml").read_text(encoding="utf-8"))
ELSEWHERE = messages.catalogue("en")["texts"]
# The tuples whose titles pages show by `label()`. A page that shows those of another adds it here.
OWNERS = (
    [role.title_zh for role in ROLES],
    [scheme.title for scheme in schemes().values()],
    NOTICE_KINDS.values(),
    STANDINGS.values(),
    REVOCATION_CAUSES.values(),
    NOTICE_STANDINGS.values(),
    OUTCOMES.values(),
    ENTITY_KINDS.values(),
    QUALITY_MARKS.values(),
    MODES.values(),
    TASK_TITLES.values(),
    ORDER_TITLES.values(),
    PAYMENT_TITLES.values(),
    INVOICE_TITLES.values(),
    RETURN_TITLES.values(),
    EVENT_TITLES.values(),
    LISTING_TITLES.values(),
    VERSION_TITLES.values(),
    PAYOUT_TITLES.values(),
    APPLICATION_KINDS.values(),
    GOODS_CLASS_TITLES.values(),
    PRODUCT_STATUSES.values(),
    [one.title_zh for one in TAX_TREATMENTS if not one.title_zh.isascii()],
    [FREE_OF_CHARGE, WITHHELD_NOTE],
)


def columns() -> set[str]:
    """Every heading of an official report."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(reports_package.__path__):
        loaded = importlib.import_module(f"{reports_package.__name__}.{module.name}")
        for column in getattr(loaded, "COLUMNS", ()):
            found |= {column.title_zh, column.under, column.short_zh} - {""}
    return found


def owned() -> set[str]:
    return columns().union(*OWNERS)


def test_every_title_that_pages_show_has_its_english() -> None:
    assert sorted(owned() - set(catalogue()) - set(ELSEWHERE)) == []


def test_no_title_is_left_over_or_said_in_two_places() -> None:
    assert sorted(set(TITLES) - owned()) == []
    assert sorted(set(TITLES) & set(ELSEWHERE)) == []
