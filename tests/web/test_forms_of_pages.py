"""What every form of a page does by itself: conflicts, files, double presses, old pages. On a page made for it."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from sqlalchemy import func, select

from marketplace import app as marketplace_app
from marketplace.accounts.models import Organisation
from marketplace.accounts.schemas import OrganisationPatch
from marketplace.accounts.service import grants, organisations, people
from marketplace.certification.models import Notice, Objection
from marketplace.core import db, embedded
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.http import require_version
from marketplace.core.http.fields import Line
from marketplace.core.models import StoredFile
from marketplace.features import Feature
from marketplace.web.kit import Form, Pages, done, needs, render
from tests.support.certification import County
from tests.support.page_forms import HTTPS, send, text_of
from tests.support.page_forms import fields as hidden
from tests.support.threads import in_threads
from wsgi import FEATURES

pages = Pages("probe", __name__, template_folder="templates")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class PapersIn(Schema):
    name = Line(40, required=True)
    papers = fields.List(fields.UUID(), required=True)


@pages.form("/probe/units/<uuid:unit_id>", needs("accounts.register"), OrganisationPatch)
def edit(session: Any, actor: Any, form: Form, unit_id: uuid.UUID) -> Response:
    row = organisations.get(session, actor, unit_id)
    return render("probe/edit.html", form=form.fill(row, version=row.row_version))


@edit.submit
def amend(session: Any, actor: Any, body: dict[str, Any], unit_id: uuid.UUID) -> Response:
    row = organisations.get(session, actor, unit_id)
    require_version(row.row_version)
    organisations.amend(session, actor, unit_id, body, row.row_version)
    return done(f"/probe/units/{unit_id}", "已保存")


@pages.form("/probe/papers", needs("files.upload"), PapersIn)
def papers(session: Any, actor: Any, form: Form) -> Response:
    return render("probe/edit.html", form=form)


@papers.submit
def keep(session: Any, actor: Any, body: dict[str, Any]) -> Response:
    return done("/inbox", f"{body['name']} {len(body['papers'])}")


def _install(app: Flask, api: object) -> None:
    app.register_blueprint(pages)


@pytest.fixture(scope="module")
def probe(app: Flask, server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The whole application with the pages above."""
    settings = replace(app.extensions["settings"], data_dir=tmp_path_factory.mktemp("probe"))
    made = marketplace_app.create_app(settings, (*FEATURES, Feature(name="probe", install=_install)))
    made.testing = True
    return made


@pytest.fixture
def client(probe: Flask, database: db.Database) -> FlaskClient:
    return probe.test_client()


def signed_in_as(
    client: FlaskClient, role: str, area: str, organisation_id: uuid.UUID | None = None
) -> FlaskClient:
    with db.transaction() as session:
        person = people.add_person(session, system_actor(), "经办")
        login = f"probe.{uuid.uuid4().hex[:8]}"
        opened = people.open_account(
            session, system_actor(), person.id, login, organisation_id=organisation_id
        )
        grants.grant(session, system_actor(), opened.account.id, role, area, organisation_id)
    assert send(client, "/sign-in", login=login, password=opened.password).status_code == 303
    return client


@pytest.fixture
def unit() -> uuid.UUID:
    with db.transaction() as session:
        row = Organisation(
            kind="union", name="一厂工会", uscc="91110000600037341L", area_code="440106", created_at=utcnow()
        )
        session.add(row)
        session.flush()
        return row.id


def name_of(unit: uuid.UUID) -> str:
    with db.transaction() as session:
        return session.get_one(Organisation, unit).name


def test_two_people_edit_one_form_and_the_second_sees_both_versions(
    client: FlaskClient, unit: uuid.UUID
) -> None:
    signed_in_as(client, "platform_operator", "440000")
    path = f"/probe/units/{unit}"
    old = hidden(text_of(client, path))
    assert send(client, path, name="二厂工会").status_code == 303
    answer = client.post(path, data=old | {"name": "三厂工会"}, base_url=HTTPS)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, name_of(unit)) == (412, "二厂工会")
    assert "这份内容刚被他人修改过" in page
    assert 'value="三厂工会"' in page
    assert "现在是:二厂工会" in page
    again = client.post(path, data=hidden(page) | {"name": "三厂工会"}, base_url=HTTPS)
    assert (again.status_code, name_of(unit)) == (303, "三厂工会")


def test_a_refusal_of_the_service_stands_at_its_field(client: FlaskClient, unit: uuid.UUID) -> None:
    signed_in_as(client, "platform_operator", "440000")
    answer = send(client, f"/probe/units/{unit}", name=" ")
    page = answer.get_data(as_text=True)
    assert (answer.status_code, name_of(unit)) == (422, "一厂工会")
    assert 'id="f-name-error"' in page
    assert '<a href="#f-name">名称: ' in page


def test_a_page_from_before_a_new_sign_in_keeps_what_was_typed_and_asks_again(
    client: FlaskClient, unit: uuid.UUID
) -> None:
    signed_in_as(client, "platform_operator", "440000")
    path = f"/probe/units/{unit}"
    old = hidden(text_of(client, path))
    client.delete_cookie("__Host-session")
    signed_in_as(client, "platform_operator", "440000")
    answer = client.post(path, data=old | {"name": "二厂工会"}, base_url=HTTPS)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, name_of(unit)) == (403, "一厂工会")
    assert "页面停留过久" in page
    assert 'value="二厂工会"' in page
    assert client.post(path, data=hidden(page) | {"name": "二厂工会"}, base_url=HTTPS).status_code == 303


def test_a_form_of_another_site_is_never_shown_again_with_a_token(
    client: FlaskClient, unit: uuid.UUID
) -> None:
    signed_in_as(client, "platform_operator", "440000")
    answer = client.post(
        f"/probe/units/{unit}", data={"name": "x"}, headers={"Origin": "https://evil.example"}, base_url=HTTPS
    )
    assert (answer.status_code, "csrf_token" in answer.get_data(as_text=True).split("<main")[1]) == (
        403,
        False,
    )


def test_who_lost_the_role_gets_a_page_that_says_so(client: FlaskClient, unit: uuid.UUID) -> None:
    signed_in_as(client, "statistician", "440000")
    answer = client.get(f"/probe/units/{unit}", base_url=HTTPS)
    assert (answer.status_code, "切换角色" in answer.get_data(as_text=True)) == (403, True)


def test_files_sent_under_a_field_of_ids_are_kept_for_the_organisation_and_named_there(
    client: FlaskClient, unit: uuid.UUID
) -> None:
    signed_in_as(client, "buyer", "000000", unit)
    sent = hidden(text_of(client, "/probe/papers")) | {
        "name": "两张",
        "papers": [(io.BytesIO(PNG + b"1"), "一.png"), (io.BytesIO(PNG + b"2"), "二.png")],
    }
    answer = client.post("/probe/papers", data=sent, base_url=HTTPS)
    assert answer.status_code == 303
    assert "两张 2" in text_of(client, "/inbox")
    with db.transaction() as session:
        owners = session.scalars(select(StoredFile.owner_organisation_id)).all()
    assert owners == [unit, unit]


def test_a_file_of_a_kind_that_is_not_taken_is_refused_and_nothing_is_kept(
    client: FlaskClient, unit: uuid.UUID
) -> None:
    signed_in_as(client, "buyer", "000000", unit)
    sent = hidden(text_of(client, "/probe/papers")) | {
        "name": "程序",
        "papers": (io.BytesIO(b"\x7fELF\x00\x01"), "a.png"),
    }
    answer = client.post("/probe/papers", data=sent, base_url=HTTPS)
    assert (answer.status_code, "只接受" in answer.get_data(as_text=True)) == (422, True)
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_more_than_the_service_takes_is_a_page_that_says_so(client: FlaskClient, unit: uuid.UUID) -> None:
    signed_in_as(client, "buyer", "000000", unit)
    answer = client.post(
        "/probe/papers",
        data=b"0" * 21_000_000,
        content_type="multipart/form-data; boundary=x",
        base_url=HTTPS,
    )
    assert (answer.status_code, "请把文件压缩" in answer.get_data(as_text=True)) == (413, True)


def test_a_button_pressed_six_times_at_once_does_it_once_and_leads_all_to_the_same_place(
    probe: Flask, own_database: db.Database
) -> None:
    with db.transaction() as session:
        application = County(session).carried("in_public_notice").number
        number = session.scalars(select(Notice.number)).one()
    now = shanghai(2020, 6, 3)
    path = f"/notices/{number}/objection"
    first = probe.test_client()
    with frozen_at(now):
        sent = hidden(text_of(first, path)) | {
            "application_number": application,
            "text": "不符",
            "objector": "",
        }
    seed = first.get_cookie("__Host-form", domain="localhost")
    assert seed is not None
    places: list[str] = []

    def press() -> None:
        browser = probe.test_client()
        browser.set_cookie("__Host-form", seed.value, domain="localhost", secure=True)
        with frozen_at(now):
            answer = browser.post(path, data=sent, base_url=HTTPS)
        places.append(answer.headers["Location"])

    in_threads(*[press] * 6)
    assert (len(places), len(set(places))) == (6, 1)
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Objection)) == 1
