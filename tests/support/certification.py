"""A small county with its offices, and applications carried through the chain to wherever a test begins."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace.accounts.models import Account, Organisation, Person
from marketplace.accounts.permissions import role
from marketplace.certification.models import Application, Certificate, Notice
from marketplace.certification.rules.schemes import scheme_of
from marketplace.certification.service.applications import Document, create_application
from marketplace.certification.service.decisions import decide
from marketplace.certification.service.issue import issue_certificates
from marketplace.certification.service.notices import NoticeForm, publish_notice
from marketplace.certification.service.revocation import decide_revocation, propose_revocation
from marketplace.certification.service.submission import submit_application
from marketplace.core.actor import Actor, Held
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.ids import uuid7
from marketplace.core.models import StoredFile
from marketplace.producers.models import Producer, Product

COUNTY, CITY, PROVINCE = "450922", "450900", "450000"
FORM = NoticeForm(
    "2020年第三批扶贫产品公示", "陆川县扶贫办", "陆川县扶贫办产业股", "0775-7200000", "陆扶办〔2020〕9号"
)
PAPERS = ("benefit_evidence", "quality_report", "price_statement")
FACTS = {
    "legal_person": True,
    "workers_registered": 30,
    "workers_total": 400,
    "households_helped": 226,
    "persons_helped": 800,
    "commodity_value_fen": 60_000_000,
}
_numbers = itertools.count(1)


def an_actor(role_code: str, area: str = "000000", organisation_id: uuid.UUID | None = None) -> Actor:
    """Somebody with that role over that area (owner roles: for that organisation)."""
    held = Held(role_code, role(role_code).permissions, area, organisation_id)
    return Actor(uuid7(), uuid7(), organisation_id, (held,))


def evidence_of(session: Session, actor: Actor) -> uuid.UUID:
    """A file that the actor has uploaded."""
    file = StoredFile(
        storage_key=f"test/evidence/{uuid7()}",
        original_name="核查报告.pdf",
        media_type="application/pdf",
        size_bytes=1,
        sha256=b"evidence".ljust(32, b"."),
        file_class="internal",
        uploaded_by=actor.audit_id,
        created_at=utcnow(),
    )
    session.add(file)
    session.flush()
    return file.id


def revoke(
    session: Session,
    certificate_id: uuid.UUID,
    *,
    cause: str,
    void_from: date | None = None,
    document_no: str | None = None,
) -> None:
    """Revoke a certificate as its county does: one officer proposes, another approves, now."""
    area = session.get_one(Certificate, certificate_id).area_code
    proposer, decider = an_actor("county_officer", area), an_actor("county_officer", area)
    proposal = propose_revocation(
        session,
        proposer,
        certificate_id,
        cause=cause,
        grounds="经核查属实",
        evidence=[evidence_of(session, proposer)] if void_from else [],
        void_from=void_from,
    )
    decide_revocation(
        session, decider, proposal.number, verdict="approve", opinion="同意撤销", document_no=document_no
    )


@contextmanager
def at(year: int, month: int, day: int, hour: int = 10) -> Iterator[datetime]:
    """Live at that Shanghai hour."""
    with frozen_at(shanghai(year, month, day, hour)):
        yield utcnow()


@dataclass
class County:
    """One producer with a product in 陆川县, and everybody who decides about it."""

    session: Session
    area: str = COUNTY
    offices: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        city, province = f"{self.area[:4]}00", f"{self.area[:2]}0000"
        self.offices = {
            "township_reviewed": an_actor("township_reviewer", self.area),
            "sector_reviewed": an_actor("sector_reviewer", self.area),
            "county_proposed": an_actor("county_officer", self.area),
            "county_recommended": an_actor("county_officer", self.area),
            "in_public_notice": an_actor("county_officer", self.area),
            "county_decided": an_actor("county_officer", self.area),
            "city_reviewed": an_actor("city_officer", city),
            "province_rechecked": an_actor("province_officer", province),
            "record_filing": an_actor("national_filer", "000000"),
            "platform_reviewed": an_actor("platform_operator", "000000"),
            "association_rechecked": an_actor("association_reviewer", "000000"),
            "association_audited": an_actor("association_reviewer", "000000"),
        }
        publisher = self.offices["in_public_notice"]  # is told of objections, so the account must be there
        self.session.add(Person(id=publisher.person_id, display_name="公示经办", created_at=utcnow()))
        self.session.flush()
        self.session.add(
            Account(
                id=publisher.account_id,
                person_id=publisher.person_id,
                login=f"publisher{next(_numbers)}",
                created_at=utcnow(),
            )
        )
        self.producer = self._producer()
        self.product = self.new_product("百香果")
        self.applicant = an_actor("producer", "000000", self.producer.organisation_id)
        self.papers = [Document(code, self._file(code)) for code in PAPERS]

    def issuer(self, scheme: str) -> Actor:
        """The signatory at the level of the scheme's last step."""
        level = scheme_of(scheme).steps[-1].level
        area = {"national": "000000", "province": f"{self.area[:2]}0000", "city": f"{self.area[:4]}00"}[level]
        return an_actor("issuer", area)

    def office(self, state: str, scheme: str) -> Actor:
        """Who takes the step that reaches `state` in that scheme."""
        if state == "published":
            return self.issuer(scheme)
        step = scheme_of(scheme).step_to(state)
        assert step is not None
        if state == "in_public_notice" and step.level != "county":
            return {
                "national": an_actor("association_reviewer", "000000"),
                "city": an_actor("city_officer", f"{self.area[:4]}00"),
            }[step.level]
        return self.offices[state]

    def _producer(self) -> Producer:
        organisation = Organisation(
            kind="producer", name="演示合作社", area_code=self.area, created_at=utcnow(), is_demo=True
        )
        self.session.add(organisation)
        self.session.flush()
        producer = Producer(
            organisation_id=organisation.id,
            name="演示合作社",
            entity_kind="cooperative",
            registered_area=self.area,
            production_area=self.area,
            created_at=utcnow(),
            is_demo=True,
        )
        self.session.add(producer)
        self.session.flush()
        return producer

    def new_product(self, name: str, spec: str = "5斤装") -> Product:
        """Another product of the producer."""
        product = Product(
            producer_id=self.producer.id,
            name=name,
            category_code="0101",
            spec=spec,
            unit="箱",
            origin_area=self.area,
            tax_treatment="exempt_self_produced",
            created_at=utcnow(),
        )
        self.session.add(product)
        self.session.flush()
        return product

    def _file(self, name: str) -> uuid.UUID:
        file = StoredFile(
            storage_key=f"test/{next(_numbers)}",
            original_name=f"{name}.pdf",
            media_type="application/pdf",
            size_bytes=1,
            sha256=name.encode().ljust(32, b"."),
            file_class="internal",
            owner_organisation_id=self.producer.organisation_id,
            created_at=utcnow(),
        )
        self.session.add(file)
        self.session.flush()
        return file.id

    def drafted(
        self, scheme: str = "provincial", product: Product | None = None, **changes: object
    ) -> Application:
        """A complete draft; `changes` replace declared facts."""
        return create_application(
            self.session,
            self.applicant,
            scheme=scheme,
            product_id=(product or self.product).id,
            facts=FACTS | changes,
            documents=self.papers,
        )

    def submitted(
        self, scheme: str = "provincial", product: Product | None = None, **changes: object
    ) -> Application:
        """A draft put forward."""
        draft = self.drafted(scheme, product, **changes)
        return submit_application(self.session, self.applicant, draft.number)

    def carried(
        self, to_state: str, scheme: str = "provincial", product: Product | None = None
    ) -> Application:
        """An application in `to_state`, begun on 2020-06-01; a notice hangs 06-02 … 06-08 and is over on 06-09."""
        with at(2020, 6, 1):
            application = self.submitted(scheme, product)
        return self.carry(application, to_state)

    def carry(self, application: Application, to_state: str) -> Application:
        """Take the steps due until `to_state`, each by its own office, on 06-02 and, after the notice, on 06-09 of 2020."""
        scheme = scheme_of(application.scheme)
        while application.state != to_state:
            step = scheme.step_after(application.state)
            assert step is not None
            after_notice = application.state == "in_public_notice" or step.state in _after_notice(
                application.scheme
            )
            with at(2020, 6, 9 if after_notice else 2):
                self.take(application, step.state)
        return application

    def take(self, application: Application, state: str) -> None:
        """Take one step by the right office, now."""
        actor = self.office(state, application.scheme)
        if state == "in_public_notice":
            self.hang(application)
        elif state == "published":
            issue_certificates(self.session, actor, numbers=[application.number], batch=3, opinion="同意签发")
        else:
            decide(self.session, actor, [application.number], "pass", "同意")

    def hang(
        self, *applications: Application, level: str | None = None, starts_on: date | None = None
    ) -> Notice:
        """Publish a notice of the applications on the board of their scheme, now."""
        scheme = scheme_of(applications[0].scheme)
        assert scheme.notice is not None
        return publish_notice(
            self.session,
            self.office("in_public_notice", scheme.code),
            numbers=[application.number for application in applications],
            level=level or scheme.notice.levels[0],
            area_code=self.area,
            form=FORM,
            starts_on=starts_on,
        )

    def certified(self, scheme: str = "provincial", product: Product | None = None) -> Certificate:
        """A certificate issued on 2020-06-09."""
        application = self.carried("published", scheme, product)
        return self.session.query(Certificate).filter_by(application_id=application.id).one()


def _after_notice(scheme_code: str) -> tuple[str, ...]:
    states = [step.state for step in scheme_of(scheme_code).steps]
    return tuple(states[states.index("in_public_notice") + 1 :]) if "in_public_notice" in states else ()
