"""Submitting an application: the rules of its place and day are applied to what it declares and to the producer's dossier.

What the dossier says (kind of producer, places, name, spec) is frozen with the application; the applicant cannot declare it
differently, and what is certified later is what was submitted.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace.certification.models import Application
from marketplace.certification.rules.evaluation import Evaluation, evaluate_all
from marketplace.certification.rules.facts_of import DeclaredFacts, FactValue, read_facts, write_facts
from marketplace.certification.rules.rule_sets import RuleSet, rule_sets_for
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.service.admission import FROM_DOSSIER, require_admitted, require_predecessor
from marketplace.certification.service.applications import own_application
from marketplace.certification.service.transitions import transition
from marketplace.core.actor import Actor
from marketplace.core.clock import today, utcnow
from marketplace.core.errors import FieldProblem, Invalid, InvalidMany
from marketplace.producers.categories import all_categories
from marketplace.producers.models import Producer, Product


def submit_application(session: Session, actor: Actor, number: str) -> Application:
    """Put the draft (or the corrected returned application) forward, if the rules of its place and this day admit it.

    Raises Invalid with the reason (``place_not_admitted``, ``applicant_not_admitted``, ``no_rules``), InvalidMany
    (``rules_not_met``) with one field per failed condition, IllegalTransition when it is already under way.
    """
    application = own_application(session, actor, number)
    product, producer = _dossier(session, application)
    scheme = scheme_of(application.scheme)
    require_admitted(scheme, application, product, producer)
    require_predecessor(session, application, product)
    values, governing, evaluations = _judged(application, product, producer)
    if not governing:
        raise Invalid("no_rules", "该名录在当地当日没有施行的认定条件", pointer="/scheme")
    failed = [title for evaluation in evaluations for title in evaluation.failed]
    if failed:
        raise InvalidMany(
            "rules_not_met",
            "未达到认定条件",
            fields=[FieldProblem("/facts", "rules_not_met", f"未达到:{title}") for title in failed],
        )
    application.facts = application.facts | {
        "values": write_facts(values),
        "product": {"name": product.name, "spec": product.spec, "category_code": product.category_code},
    }
    application.rule_set = ",".join(rule_set.code for rule_set in governing)
    application.evaluation = {"sets": [evaluation.as_json() for evaluation in evaluations]}
    application.round += 1
    application.submitted_by = actor.audit_id
    application.submitted_by_person = None if actor.is_system else actor.person_id
    application.submitted_at = utcnow()
    application.returned_from = None
    transition(session, application, "submitted", actor, opinion=None)
    session.flush()
    return application


def preview_of(session: Session, application: Application) -> tuple[tuple[RuleSet, Evaluation], ...]:
    """What the rules of its place and this day would say of a draft as it stands: each set with its evaluation.

    Empty where no rules are in force. Nothing is written; the caller has asked whether the application may be read.
    """
    product, producer = _dossier(session, application)
    _values, governing, evaluations = _judged(application, product, producer)
    return tuple(zip(governing, evaluations, strict=True))


def _judged(
    application: Application, product: Product, producer: Producer
) -> tuple[dict[str, FactValue], Sequence[RuleSet], tuple[Evaluation, ...]]:
    """The declared values with those of the dossier, the rule sets in force today, and what each says."""
    values, documents = _with_dossier(application, product, producer)
    governing = rule_sets_for(application.scheme, application.area_code, today())
    return values, governing, evaluate_all(governing, DeclaredFacts(values, documents))


def _dossier(session: Session, application: Application) -> tuple[Product, Producer]:
    return session.get_one(Product, application.product_id), session.get_one(
        Producer, application.producer_id
    )


def _with_dossier(
    application: Application, product: Product, producer: Producer
) -> tuple[dict[str, FactValue], frozenset[str]]:
    declared = {code: v for code, v in application.facts["values"].items() if code not in FROM_DOSSIER}
    values, _ = read_facts(declared)
    values |= {
        "entity_kind": producer.entity_kind,
        "registered_area": producer.registered_area,
        "production_area": product.origin_area,
        "product_name": product.name,
    }
    category = all_categories().get(product.category_code)
    if category is not None and category.negative is not None:
        values["negative_list_class"] = category.negative  # 酒 is 酒 whatever its name or declaration says
    if "commodity_value_fen" not in values and product.commodity_value_fen is not None:
        values["commodity_value_fen"] = product.commodity_value_fen
    return values, frozenset(paper["code"] for paper in application.facts["documents"])
