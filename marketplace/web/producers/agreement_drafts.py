"""A version of an agreement's terms by page: drafted on top of an earlier one, read with what it changes, handed to the county.

A version is never edited. Who changes a draft drafts it anew from that one; what is not handed in never counts.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from sqlalchemy.orm import Session

from marketplace.beneficiaries.service import NewVersion, draft_version, lists, submit_version
from marketplace.beneficiaries.service.lists import VersionView
from marketplace.core.actor import Actor
from marketplace.core.errors import NotFound
from marketplace.core.http import needs
from marketplace.web.agreements_shown import versions_shown
from marketplace.web.kit import Form, Pages, done, hats, render
from marketplace.web.kit import say as _
from marketplace.web.kit.uploads import Keeping
from marketplace.web.producers.agreement_fields import fields_of, with_file
from marketplace.web.producers.agreement_forms import VersionForm

pages: Final = Pages("producers_agreement_drafts", __name__, url_prefix="/producer/agreements")


def _keeping(session: Session, actor: Actor, number: str, **_path: Any) -> Keeping:
    """The evidence is the producer's, and for the county that decides."""
    agreement = lists.get_agreement(session, actor, number).agreement
    return Keeping(owner_id=hats.organisation(actor), area_code=agreement.area_code)


@pages.form("/<number>/versions/new", needs("agreements.draft"), VersionForm, keeps=_keeping)
def first(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """A draft that begins from the version in force, else from the newest, else from nothing."""
    views = lists.get_agreement(session, actor, number).versions
    approved = [one for one in views if one.version.state == "approved"]
    return _drafting(session, actor, form, number, next(iter([*approved, *views]), None))


@first.submit
def draft(session: Session, actor: Actor, body: NewVersion, number: str) -> Response:
    """Write it; it counts once the county has approved it."""
    return _drafted(session, actor, body, number)


@pages.form("/<number>/versions/<int:version>/draft", needs("agreements.draft"), VersionForm, keeps=_keeping)
def from_version(session: Session, actor: Actor, form: Form, number: str, version: int) -> Response:
    """A draft that begins from that version: how a draft is changed, and how a refused one is mended."""
    return _drafting(session, actor, form, number, _version(session, actor, number, version))


@from_version.submit
def draft_from(session: Session, actor: Actor, body: NewVersion, number: str, version: int) -> Response:
    """Write it as above; what it began from stays as it is."""
    return _drafted(session, actor, body, number)


@pages.show("/<number>/versions/<int:version>", needs("agreements.read"))
def one(session: Session, actor: Actor, number: str, version: int) -> Response:
    """What a version says, and what it changes."""
    view = lists.get_agreement(session, actor, number)
    told = versions_shown(session, view)
    for shown, change in zip(told["versions"], told["changes"], strict=True):
        if shown.version.version == version:
            owners = (hats.organisation(actor),)
            may = actor.may_on("agreements.draft", area=view.agreement.area_code, owners=owners)
            return render("producers/agreement_version.html", one=shown, change=change, may_draft=may, **told)
    raise NotFound


@pages.action("/<number>/versions/<int:version>/submission", needs("agreements.draft"))
def submit(session: Session, actor: Actor, number: str, version: int) -> Response:
    """Hand a draft to the county."""
    submit_version(session, actor, number, version)
    return done(
        f"/producer/agreements/{number}/versions/{version}",
        _("第 {version} 版已提交县级审定", version=version),
    )


def _drafted(session: Session, actor: Actor, new: NewVersion, number: str) -> Response:
    made = draft_version(session, actor, number, with_file(new))
    return done(
        f"/producer/agreements/{number}/versions/{made.version}",
        _("第 {version} 版草稿已保存,请核对后提交", version=made.version),
    )


def _drafting(session: Session, actor: Actor, form: Form, number: str, begun: VersionView | None) -> Response:
    view = lists.get_agreement(session, actor, number)
    told = fields_of(session, actor, form, view.agreement.mode, view.agreement.producer_id, begun)
    if begun is not None:
        form.fill(**_begun(begun))
    return render(
        "producers/agreement_draft_form.html",
        form=form,
        agreement=view.agreement,
        rosters=[
            (one.version.version, _("第 {version} 版", version=one.version.version)) for one in view.versions
        ],
        begun=begun,
        told=told,
    )


def _begun(begun: VersionView) -> dict[str, Any]:
    """The form as the version is; of the days only the end, as a new version begins on a day of its own."""
    version = begun.version
    return {
        "terms": version.terms,
        "from_day": version.valid.lower if version.state in ("draft", "refused") else None,
        "to_day": version.valid.upper if version.state in ("draft", "refused") else None,
        "products": list(begun.products),
        "roster_of": version.version,
        "share_unit": version.share_unit,
        "village_bp": version.village_bp,
        "evidence_file_id": version.evidence_file_id,
    }


def _version(session: Session, actor: Actor, number: str, version: int) -> VersionView:
    for one in lists.get_agreement(session, actor, number).versions:
        if one.version.version == version:
            return one
    raise NotFound
