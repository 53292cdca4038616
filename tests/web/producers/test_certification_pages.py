"""Applications and certificates on the producer's pages: in steps, what is missing, where it was returned, dates that warn."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.certification.models import Application, Certificate
from marketplace.certification.service.decisions import decide
from marketplace.core import files
from marketplace.core.db import Database, transaction
from tests.support.certification import County, at
from tests.support.visitors import Visitor, main_of, text_of

Visit = Callable[..., Visitor]
PNG = b"\x89PNG\r\n\x1a\n" + b"photo"


@pytest.fixture(autouse=True)
def at_noon(tmp_path: Path) -> Iterator[None]:
    files.install(tmp_path)
    with at(2020, 6, 1):
        yield


@pytest.fixture
def county(database: Database) -> County:
    with transaction() as session:
        return County(session)


@pytest.fixture
def applicant(visitor: Visit, county: County) -> Visitor:
    return visitor("producer", organisation_id=county.producer.organisation_id)


def test_an_application_is_made_in_steps_that_are_kept_one_by_one(applicant: Visitor, county: County) -> None:
    answer = applicant.send(
        "/producer/applications/new", product_id=str(county.product.id), scheme="provincial", kind="new"
    )
    assert answer.status_code == 303, main_of(answer)
    with transaction() as session:
        number = session.scalars(select(Application.number)).one()
    here = f"/producer/applications/{number}"
    shown = applicant.read(here)
    assert "还缺什么" in shown
    assert f'href="{here}/facts"' in shown
    typed = {
        "facts.legal_person": "on", "facts.workers_registered": "30", "facts.workers_total": "400",
        "facts.households_helped": "226", "facts.persons_helped": "800", "facts.commodity_value_fen": "600,000",
        "facts.benefit_modes": ["employment", "sales_rebate"],
    }  # fmt: skip
    applicant.follow(applicant.send(f"{here}/facts", **typed))
    photos = {
        code: (io.BytesIO(PNG + code.encode()), f"{code}.png")
        for code in ("benefit_evidence", "quality_report", "price_statement")
    }
    shown = text_of(applicant.follow(applicant.send(f"{here}/papers", **photos)))
    assert "¥600,000.00" in shown
    assert "226 户" in shown
    assert "销售返利" in shown
    page = applicant.follow(applicant.send(here, to=f"{here}/submission"))
    assert "已提交" in page
    assert "还缺什么" not in page


def test_what_is_not_met_is_said_and_nothing_is_put_forward(applicant: Visitor, county: County) -> None:
    with transaction() as session:
        county.session = session
        number = county.drafted(workers_registered=0).number
    here = f"/producer/applications/{number}"
    answer = applicant.send(here, to=f"{here}/submission")
    assert answer.status_code == 303
    with transaction() as session:
        assert session.scalars(select(Application.state)).one() == "draft"


def test_a_returned_application_shows_the_opinion_and_the_way_to_the_fields(
    applicant: Visitor, county: County
) -> None:
    with transaction() as session:
        county.session = session
        number = county.submitted().number
        decide(session, county.offices["township_reviewed"], [number], "return", "用工人数与名册不符")
    assert "被退回的申报 1" in text_of(applicant.read("/producer"))
    assert number in applicant.read("/producer/applications?state=returned")
    here = f"/producer/applications/{number}"
    shown = applicant.read(here)
    assert "用工人数与名册不符" in shown
    assert f'<a href="{here}/facts">' in shown
    form = applicant.read(f"{here}/facts")
    assert 'name="facts.workers_total" type="text" value="400"' in form


def test_a_number_that_is_none_is_refused_at_its_field(applicant: Visitor, county: County) -> None:
    with transaction() as session:
        county.session = session
        number = county.drafted().number
    answer = applicant.send(f"/producer/applications/{number}/facts", **{"facts.workers_total": "很多"})
    assert answer.status_code == 422
    assert 'id="f-facts-workers_total-error"' in main_of(answer)
    assert 'value="很多"' in main_of(answer)


def test_a_certificate_that_ends_soon_warns_and_leads_to_its_renewal(
    visitor: Visit, applicant: Visitor, county: County
) -> None:
    with transaction() as session:
        county.session = session
        county.carried("published")
        ends_on = session.scalars(select(Certificate.valid_to)).one()
    assert "还有" not in applicant.read("/producer/certificates")
    assert "证书30天内到期 0" in text_of(applicant.read("/producer"))
    with at(ends_on.year, ends_on.month, ends_on.day):
        later = visitor("producer", organisation_id=county.producer.organisation_id)
        shown = later.read("/producer/certificates")
        assert "还有 0 天" in shown
        assert "kind=renewal" in shown
        assert "证书30天内到期 1" in text_of(later.read("/producer"))


def test_somebody_elses_application_is_not_there(visitor: Visit, county: County) -> None:
    with transaction() as session:
        county.session = session
        number = county.drafted().number
        elsewhere = County(session).producer.organisation_id
    other = visitor("producer", organisation_id=elsewhere)
    assert other.get(f"/producer/applications/{number}").status_code == 404
    assert number not in other.read("/producer/applications")
