"""Titles of codes that pages show: each has its English, here or among those that JSON answers carry, and none is left over."""

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator

from marshmallow import Schema, fields

import marketplace.statistics.reports as reports_package
from marketplace.accounts.codes import (
    APPROVAL_ACTIONS,
    CANTEEN_KINDS,
    FISCAL_TIERS,
    NOTICE_KINDS,
    ORGANISATION_KINDS,
    SECTORS,
    SIZE_CLASSES,
)
from marketplace.accounts.permissions import ROLES
from marketplace.accounts.service.directory import ACCOUNT_STATUSES
from marketplace.beneficiaries.linkage import INCOME_GROUPS, LINKAGE_MODES
from marketplace.beneficiaries.rules import (
    FILE_STANDARDS,
    FILE_STATUSES,
    LINKED_BASES,
    MONITOR_STATUSES,
    MONITOR_TYPES,
    PAYMENT_KINDS,
    SHARE_UNITS,
    VERSION_TITLES,
)
from marketplace.catalogue.channels import CHANNEL_KINDS, GROUP_TITLES, SITE_KINDS
from marketplace.catalogue.rules.eligibility import REASONS
from marketplace.catalogue.service.queries import CHANNEL_STATES
from marketplace.catalogue.service.shelves import GOODS_CLASS_TITLES, LISTING_TITLES
from marketplace.certification.rules.facts_of import DOCUMENTS, FACT_NAMES
from marketplace.certification.rules.rule_sets import Requirement, RuleSet, negative_list, rule_sets
from marketplace.certification.rules.said import SENTENCES
from marketplace.certification.rules.schemes import STATE_TITLES, schemes
from marketplace.certification.rules.standing import REVOCATION_CAUSES, STANDINGS
from marketplace.certification.service.applications import KINDS as APPLICATION_KINDS
from marketplace.certification.service.decisions import VERDICTS
from marketplace.certification.service.notices import FREE_OF_CHARGE
from marketplace.certification.service.objections import OUTCOMES
from marketplace.certification.service.public import NOTICE_STANDINGS
from marketplace.core import messages
from marketplace.core.money import TAX_TREATMENTS
from marketplace.intake.cabinets.service.list_files import FINDING_STATES, TASK_KINDS, TASK_STATES
from marketplace.intake.cabinets.service.reading import MOVEMENTS
from marketplace.intake.cabinets.service.reading import REASONS as MOVED_BECAUSE
from marketplace.intake.health.rules import ISSUES
from marketplace.intake.rules.adapters import adapters
from marketplace.intake.rules.purchases import PAPERS
from marketplace.intake.rules.purchases import STATES as PURCHASE
from marketplace.orders.buying.rules.approval import AGEING, REQUEST, STEP_TITLES
from marketplace.orders.buying.rules.cart import CHANGES as CART_CHANGES
from marketplace.orders.buying.rules.inquiry import INQUIRY_STATES
from marketplace.orders.buying.rules.plan import FUND_TITLES, OVER_PLAN, PLAN
from marketplace.orders.buying.service.parcels import PARCEL_STATES
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.history import EVENT_TITLES, OTHER_EVENT
from marketplace.orders.participation import MODES
from marketplace.orders.rules import (
    CONTRACT,
    INVOICE_TITLES,
    ORDER,
    PAYMENT,
    REATTRIBUTION,
    REATTRIBUTION_PARTIES,
    RETURN,
    RETURN_REASONS,
    SIDES,
    SIGNATURE,
    SIGNATURE_FORMS,
)
from marketplace.orders.service.selling import TASK_TITLES
from marketplace.orders.terms import METHODS
from marketplace.payments.layouts import LAYOUTS
from marketplace.payments.rules import invoices as invoice_rules
from marketplace.payments.rules.gates import GATES
from marketplace.payments.rules.interest import CLAIM
from marketplace.payments.rules.invoices import KINDS as INVOICE_KINDS
from marketplace.payments.rules.invoices import rate_words
from marketplace.payments.rules.kinds import KINDS as RECEIPT_KINDS
from marketplace.payments.rules.levy_payments import FUNDS as LEVY_FUNDS
from marketplace.payments.rules.levy_payments import REFERENCES as LEVY_REFERENCES
from marketplace.payments.rules.levy_statements import STATEMENT
from marketplace.payments.rules.matching import (
    PARKED,
    PAYMENT_TITLES,
    RECEIPT_TITLES,
    STATEMENT_TITLES,
)
from marketplace.payments.rules.online import METHODS as ONLINE_METHODS
from marketplace.payments.rules.refunds import REFUND, REFUND_KINDS, TODO
from marketplace.payments.rules.settlement import ITEM_TITLES, PAYOUT_TITLES, RUN
from marketplace.payments.service.allocation import ASIDE
from marketplace.payments.service.repayments import REPAYMENT
from marketplace.payments.service.suggestions import AGAINST, FOR
from marketplace.producers.codes import ENTITY_KINDS, PRODUCT_STATUSES, QUALITY_MARKS
from marketplace.statistics.aid_share.rules import OCCASIONS
from marketplace.statistics.bulletins.cells import WITHHELD_NOTE
from marketplace.statistics.declarations.rules import STATES as DECLARATION_STATES
from marketplace.statistics.reports.coverage_figures import PARTS
from marketplace.statistics.upward.states import CONFIRMATIONS
from marketplace.web.kit.words import FOLDER, catalogue


def titles_in(schema: Schema) -> Iterator[str]:
    """The titles of a schema's fields, of the choices in them and of the parts of their rows."""
    for field in schema.fields.values():
        yield str(field.metadata["description"])
        yield from field.metadata.get("titles", {}).values()
        inner = getattr(field, "inner", None)
        if isinstance(inner, fields.Nested):
            yield from titles_in(inner.schema)


def titles_of(one: RuleSet) -> Iterator[str]:
    """The titles of a rule set, of its conditions and of the groups of what it requires."""
    yield one.title
    yield from (condition.title for condition in one.conditions)
    waiting = [one.require]
    while waiting:
        group = waiting.pop()
        if group.title:
            yield group.title
        waiting += [part for part in group.parts if isinstance(part, Requirement)]


TITLES = tomllib.loads((FOLDER / "titles.toml").read_text(encoding="utf-8"))
ELSEWHERE = messages.catalogue("en")["texts"]
# The tuples whose titles pages show by `label()`. A page that shows those of another adds it here.
OWNERS = (
    STATE_TITLES.values(),
    APPROVAL_ACTIONS.values(),
    VERDICTS.values(),
    DOCUMENTS.values(),
    # A bare name is no sentence; what fills it is translated.
    [text for text in SENTENCES.values() if text not in ("{figure}", "{title}")],
    [one.title for one in negative_list()],
    [title for one in rule_sets() for title in titles_of(one)],
    [text for one in FACT_NAMES for text in (one.title, one.unit) if text],
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
    LEVY_FUNDS.values(),
    LEVY_REFERENCES.values(),
    TASK_TITLES.values(),
    LISTING_TITLES.values(),
    VERSION_TITLES.values(),
    PAYOUT_TITLES.values(),
    APPLICATION_KINDS.values(),
    GOODS_CLASS_TITLES.values(),
    PRODUCT_STATUSES.values(),
    [one.title_zh for one in TAX_TREATMENTS if not one.title_zh.isascii()],
    [FREE_OF_CHARGE, WITHHELD_NOTE],
    [mode.title_zh for mode in LINKAGE_MODES],
    INCOME_GROUPS,
    [sentence for mode in LINKAGE_MODES for sentence in mode.sentences],
    [field.title_zh for mode in LINKAGE_MODES for field in mode.activity],
    [kind.title_zh for kind in CHANNEL_KINDS],
    REASONS.values(),
    CART_CHANGES.values(),
    ORDER.titles.values(),
    PAYMENT.titles.values(),
    RETURN.titles.values(),
    INVOICE_TITLES.values(),
    RETURN_REASONS.values(),
    REATTRIBUTION.titles.values(),
    REATTRIBUTION_PARTIES.values(),
    FUND_TITLES.values(),
    CANTEEN_KINDS.values(),
    GROUP_TITLES.values(),
    PLAN.titles.values(),
    OVER_PLAN.values(),
    REQUEST.titles.values(),
    STEP_TITLES.values(),
    AGEING.values(),
    [*EVENT_TITLES.values(), OTHER_EVENT],
    FACT_TITLES.values(),
    ACTOR_TITLES.values(),
    [method.title for method in METHODS],
    DECLARATION_STATES.values(),
    CONFIRMATIONS.values(),
    [one.title for one in adapters().values()],
    PAPERS.values(),
    PURCHASE.titles.values(),
    FINDING_STATES.values(),
    TASK_KINDS.values(),
    TASK_STATES.values(),
    MOVEMENTS.values(),
    MOVED_BECAUSE.values(),
    OCCASIONS.values(),
    CONTRACT.titles.values(),
    SIGNATURE.titles.values(),
    SIGNATURE_FORMS.values(),
    SIDES.values(),
    INQUIRY_STATES.values(),
    PARCEL_STATES.values(),
    PAYMENT_KINDS.values(),
    invoice_rules.REQUEST.titles.values(),
    invoice_rules.CHECK.titles.values(),
    invoice_rules.COLOR_TITLES.values(),
    invoice_rules.OWED_TITLES.values(),
    [kind.title for kind in invoice_rules.KINDS],
    RUN.titles.values(),
    ITEM_TITLES.values(),
    CLAIM.titles.values(),
    REFUND.titles.values(),
    REFUND_KINDS.values(),
    TODO.values(),
    REPAYMENT.titles.values(),
    RECEIPT_TITLES.values(),
    PAYMENT_TITLES.values(),
    STATEMENT_TITLES.values(),
    PARKED.values(),
    ASIDE.values(),
    AGAINST.values(),
    [words for words, _weight in FOR.values()],
    [text for kind in RECEIPT_KINDS for text in (kind.title, *(one.title for one in kind.fields))],
    [layout.title for layout in LAYOUTS],
    [
        *GATES.values(),
        *ONLINE_METHODS.values(),
        *REFUND_KINDS.values(),
        *SIDES.values(),
        *SIGNATURE_FORMS.values(),
    ],
    [title for kind in RECEIPT_KINDS for title in (kind.title, *(one.title for one in kind.fields))],
    [kind.title for kind in INVOICE_KINDS],
    [word for one in TAX_TREATMENTS for word in rate_words(one.code) if word and not word.isascii()],
    FISCAL_TIERS.values(),
    ORGANISATION_KINDS.values(),
    SECTORS.values(),
    SIZE_CLASSES.values(),
    ACCOUNT_STATUSES.values(),
    FILE_STANDARDS.values(),
    FILE_STATUSES.values(),
    LINKED_BASES.values(),
    MONITOR_STATUSES.values(),
    MONITOR_TYPES.values(),
    PAYMENT_KINDS.values(),
    SHARE_UNITS,
    [title for mode in LINKAGE_MODES for title in titles_in(mode.terms_schema())],
    SITE_KINDS.values(),
    CHANNEL_STATES.values(),
    [
        str(field.metadata["description"])
        for kind in CHANNEL_KINDS
        for field in kind.terms_schema().fields.values()
    ],
    [text for issue in ISSUES.values() for text in issue],
    STATEMENT.titles.values(),
    PARTS.values(),
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
