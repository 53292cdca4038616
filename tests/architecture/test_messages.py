"""What people read is complete in both languages, and the catalogues hold nothing that nobody says."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import marshmallow
from marshmallow import fields, validate

import marketplace.statistics.reports as reports_package
from marketplace.accounts.codes import CANTEEN_KINDS, FISCAL_TIERS, NOTICE_KINDS, SECTORS
from marketplace.accounts.service.exports.taking import STATES as EXPORT_STATES
from marketplace.beneficiaries.linkage import LINKAGE_MODES
from marketplace.catalogue.channels import CHANNEL_KINDS
from marketplace.certification.rules.schemes import schemes
from marketplace.core import messages
from marketplace.core.http import problems
from marketplace.core.privacy import FEW_HOUSEHOLDS
from marketplace.intake.cabinets.rules.work import CAUSES as CABINET_CAUSES
from marketplace.intake.cabinets.service.findings import KINDS as CABINET_FINDINGS
from marketplace.intake.health.rules import ISSUES as DEVICE_ISSUES
from marketplace.intake.rules.duplicates import RULES as DUPLICATE_RULES
from marketplace.intake.rules.pledges import DEFINITION as PLEDGES
from marketplace.intake.rules.rows import REASONS as INTAKE_REASONS
from marketplace.intake.rules.sources import SOURCES
from marketplace.intake.service.board import LINES as BOARD_LINES
from marketplace.intake.service.duplicates.cases import CAUSES as CASE_CAUSES
from marketplace.intake.service.duplicates.pair import FIELDS as CASE_FIELDS
from marketplace.intake.service.pledge_sums import MEASURE_TITLES as PLEDGE_TITLES
from marketplace.intake.service.receipts import OUTCOME_TITLES as INTAKE_OUTCOMES
from marketplace.orders.counting import ACTOR_TITLES, FACT_TITLES
from marketplace.orders.participation import MODES
from marketplace.oversight.handover import rules as handover
from marketplace.payments.rules.accounts import ACCOUNTS
from marketplace.payments.rules.accounts import KINDS as TRANSFER_KINDS
from marketplace.payments.rules.charges import BILL
from marketplace.payments.rules.levy_payments import PAYMENT as LEVY_PAYMENT
from marketplace.payments.rules.levy_payments import STANDINGS as LEVY_STANDINGS
from marketplace.payments.rules.levy_statements import STATEMENT as LEVY_STATEMENT
from marketplace.payments.rules.settlement import ITEM_TITLES
from marketplace.producers.codes import ENTITY_KINDS
from marketplace.statistics.api.upward_report import MONITORING, SEALED
from marketplace.statistics.api.upward_report import NOTE as UPWARD_NOTE
from marketplace.statistics.bulletins.rules import DISCLOSURES, STATES
from marketplace.statistics.bulletins.service.copies import KINDS as COPIES
from marketplace.statistics.bulletins.service.copies import VERDICTS as COPY_VERDICTS
from marketplace.statistics.comparison_measures import KINDS as COMPARISON_KINDS
from marketplace.statistics.dimension_titles import BUYER_KINDS, FUND_SOURCES, PURCHASE_KINDS
from marketplace.statistics.dimensions import DIMENSIONS, GOODS_CLASSES
from marketplace.statistics.export import SAID, SUBTOTAL, UNIT
from marketplace.statistics.forms import FOOT, HEAD, INTERNAL
from marketplace.statistics.leader import FIGURES
from marketplace.statistics.leader_lagging import BASES
from marketplace.statistics.leader_lagging import REASONS as LAGGING
from marketplace.statistics.measures import MEASURES
from marketplace.statistics.published.checks import FLAGS as PUBLISHED_FLAGS
from marketplace.statistics.reports import REPORTS
from marketplace.statistics.reports.coverage_figures import PARTS
from marketplace.statistics.reports.memo import NOTE as MEMO
from marketplace.statistics.reports.protocol import LOCAL_NOTE, NATIONAL_NOTE, NOT_COMPARABLE, NOT_REPORTED
from marketplace.statistics.reports.r4_reserve import KINDS as CANTEENS
from marketplace.statistics.reports.r8_checks import REASONS as CHECKS
from marketplace.statistics.reports.small_counts import WITHHELD
from marketplace.statistics.upward.heads import UPPER_BOUND
from marketplace.statistics.upward.report import OWN_TITLE
from scripts.error_codes import EDGE, FILE, ROOT, TREE, page, sites
from search import schemas
from search.service import facets

EN = messages.catalogue("en")
ZH = messages.catalogue("zh")
HAN = re.compile(r"[\u3400-\u9fff]")


def test_every_code_that_is_raised_has_an_english_sentence() -> None:
    """A new code: one line in marketplace/translations/en.toml, then python scripts/error_codes.py --write."""
    without = {
        f"{site.code} ({site.where})"
        for site in sites()
        if site.code not in EN["problems"] and site.code not in EN["titles"]
    }
    assert without == set()


def test_the_catalogue_has_no_sentence_for_a_code_that_nothing_raises() -> None:
    assert set(EN["problems"]) - {site.code for site in sites()} - set(EDGE) == set()


def test_a_sentence_asks_only_for_what_every_refusal_of_its_code_carries() -> None:
    wrong = {
        f"{site.code} wants {sorted(missing)} ({site.where})"
        for site in sites()
        if site.error is not None
        if (missing := messages.names_in(EN["problems"].get(site.code, "")) - site.extra)
    }
    assert wrong == set()


def test_titles_are_those_of_the_tree_of_errors_and_of_http() -> None:
    statuses = {HTTPStatus(status).name.lower() for status in problems._STATUS_TITLES}
    known = {error.default_code for error in TREE.values()} | statuses
    assert set(EN["titles"]) == known | {"http_error", "internal_error"}


def test_the_page_of_codes_is_what_the_source_and_the_catalogue_say() -> None:
    """After a change of refusals: python scripts/error_codes.py --write, and read the difference."""
    assert FILE.read_text(encoding="utf-8") == page()


def test_codes_are_in_alphabetical_order() -> None:
    assert list(EN["problems"]) == sorted(EN["problems"])


def titles() -> set[str]:
    """Every Chinese phrase that statistics, reports and the inbox send."""
    found = {one.title_zh for one in (*MEASURES, *DIMENSIONS, *REPORTS, *CHANNEL_KINDS, *LINKAGE_MODES)}
    found |= {one.definition_zh for one in MEASURES if one.definition_zh}
    found |= {
        *MODES.values(),
        *GOODS_CLASSES.values(),
        *PURCHASE_KINDS.values(),
        *FUND_SOURCES.values(),
        *BUYER_KINDS.values(),
        *SECTORS.values(),
        *ENTITY_KINDS.values(),
        *(one.title for one in schemes().values()),
        *FISCAL_TIERS.values(),
        *CANTEEN_KINDS.values(),
        *NOTICE_KINDS.values(),
    }
    found |= {
        NOT_COMPARABLE,
        NOT_REPORTED,
        "合计",
        "其中:{name}(计划单列)",
        "不含{name}",
        "{year}年第{number}季度",
        "{year}年上半年",
        "{year}年下半年",
        "已覆盖地区数",
        "未覆盖地区数",
        SUBTOTAL,
        FEW_HOUSEHOLDS,
        WITHHELD,
    }
    found |= {*CASE_CAUSES.values(), *CASE_FIELDS.values(), *(title for title, _ in BOARD_LINES.values())}
    found |= {rule.zh for rule in DUPLICATE_RULES} | {source.zh for source in SOURCES.values()}
    found |= {*INTAKE_OUTCOMES.values(), *PLEDGE_TITLES.values(), PLEDGES}
    found |= {*CABINET_CAUSES.values(), *CABINET_FINDINGS.values()}
    found |= {words for issue in DEVICE_ISSUES.values() for words in issue}
    found.add(MEMO)
    found |= {*BILL.titles.values()}
    found |= {*LEVY_STATEMENT.titles.values(), *LEVY_PAYMENT.titles.values(), *LEVY_STANDINGS.values()}
    found |= set(INTAKE_REASONS.values()) | set(PUBLISHED_FLAGS.values())
    found |= {*handover.SUBJECTS.values(), *handover.STATES.values(), *handover.STEPS.values()}
    found |= {*DISCLOSURES.values(), *STATES.values(), *COPIES.values(), *COPY_VERDICTS.values()}
    found |= set(EXPORT_STATES.values())
    found |= {*(account.title for account in ACCOUNTS), *TRANSFER_KINDS.values(), *ITEM_TITLES.values()}
    found |= {*DISCLOSURES.values(), *STATES.values()}
    found |= {
        *PARTS.values(),
        *FACT_TITLES.values(),
        *ACTOR_TITLES.values(),
        *BASES.values(),
        *LAGGING.values(),
    }
    found |= {f"其中:{title}" for title in CANTEENS.values()} | set(CANTEENS.values())
    found |= {text for pair in CHECKS.values() for text in pair}
    found |= {text for title, _, text in COMPARISON_KINDS.values() for text in (title, text)}
    found |= {text for title, _, text in FIGURES.values() for text in (title, text)}
    found |= {SEALED, MONITORING, UPWARD_NOTE, OWN_TITLE, UPPER_BOUND}
    found |= {*HEAD.values(), *FOOT.values(), INTERNAL, *SAID.values(), UNIT, LOCAL_NOTE, NATIONAL_NOTE}
    for module in pkgutil.iter_modules(reports_package.__path__):
        loaded = importlib.import_module(f"{reports_package.__name__}.{module.name}")
        found |= {column.title_zh for column in getattr(loaded, "COLUMNS", ())}
        found |= {column.under for column in getattr(loaded, "COLUMNS", ()) if column.under}
        found |= set(notes(Path(loaded.__file__ or "")))
    return found | set(labels())


def notes(path: Path) -> Iterator[str]:
    """Whole sentences in a list called notes; those with a computed part are named in `computed_notes`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "notes":
            assert isinstance(node.value, ast.List)
            yield from (one.value for one in node.value.elts if isinstance(one, ast.Constant))


def computed_notes() -> set[str]:
    views = ("产地(销售方)", "采购地(购买方,按财政隶属)")
    definition = next(one.definition_zh for one in MEASURES if one.code == "consumption_aid_amount")
    return {
        *(f"视角:{view};产地视角与采购地视角为同一批交易的两种统计,不得相加。" for view in views),
        f"{definition}。",
        "统计截止日:{day}。",
    }


def labels() -> Iterator[str]:
    """Labels of the reconciliation."""
    source = (ROOT / "marketplace" / "statistics" / "reconciliation.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Line":
            assert isinstance(node.args[0], ast.Constant)
            yield node.args[0].value


def sentences_of_fields() -> set[str]:
    """Chinese sentences that schemas give to marshmallow."""
    found = set()
    for path in (ROOT / "marketplace").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            said = [keyword.value for keyword in node.keywords if keyword.arg == "error"]
            if getattr(node.func, "id", "") == "ValidationError":
                said += node.args[:1]
            found |= {
                one.value for one in said if isinstance(one, ast.Constant) and HAN.search(str(one.value))
            }
            found |= {one.value for one in said if isinstance(one, ast.Constant) and "应为" in str(one.value)}
    return found


def sentences_of_search() -> set[str]:
    """Titles of its facets, and what it says of a question that it does not understand."""
    return facets.titles() | {schemas.NOT_KNOWN, schemas.NO_FACET, schemas.NO_FILTER}


def test_every_title_note_and_sentence_has_its_english_and_no_english_is_left_over() -> None:
    assert set(EN["texts"]) == (
        titles() | computed_notes() | sentences_of_fields() | sentences_of_search() | {"请求编号"}
    )


def test_channels_and_linkage_modes_are_called_the_same_everywhere() -> None:
    named = {one.title_zh: one.title_en for one in (*CHANNEL_KINDS, *LINKAGE_MODES)}
    assert {zh: EN["texts"][zh] for zh in named} == named


def test_english_is_english_and_chinese_is_chinese() -> None:
    quoted = "国家知识产权局公告第319号"  # how the number of a notice is written, in every language
    english = [text.replace(quoted, "") for section in EN.values() for text in section.values()]
    assert [text for text in english if HAN.search(text)] == []
    assert [text for text in ZH["texts"].values() if not HAN.search(text)] == []


def library_sentences() -> set[str]:
    """What marshmallow's fields, validators and schemas can say, with ``{names}`` as it fills them."""
    found = set(marshmallow.Schema.error_messages) and set(
        marshmallow.Schema._default_error_messages.values()
    )
    for kind in vars(fields).values():
        if isinstance(kind, type) and issubclass(kind, fields.Field):
            found |= set(kind.default_error_messages.values())
    for kind in vars(validate).values():
        if isinstance(kind, type) and issubclass(kind, validate.Validator):
            found |= {str(text) for name, text in vars(kind).items() if name.startswith("message_")}
            found |= {text for name, text in vars(kind).items() if name == "default_message"}
    return found


def test_what_marshmallow_says_is_said_in_chinese() -> None:
    found = {text for text in library_sentences() if "cannot be formatted" not in text}
    # Range builds its sentences out of halves: "greater than" and the like.
    found = {text for text in found if text.endswith(".") and "_op}" not in text}
    for low in ("greater than or equal to", "greater than"):
        found.add(f"Must be {low} 1.")
        for high in ("less than or equal to", "less than"):
            found |= {f"Must be {high} 9.", f"Must be {low} 1 and {high} 9."}
    filled = {re.sub(r"\{\w+\}", "3", text) for text in found}
    assert {text for text in filled if not HAN.search(messages.text(text, "zh"))} == set()
