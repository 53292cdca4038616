"""签约、意向、举牌认购: a register of its own. What came of each, its end, and sums that are never sales."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from sqlalchemy.orm import Session

from admin.intake.places import tabs
from marketplace.core.actor import Actor
from marketplace.core.http import localised, needs, page_of
from marketplace.intake.models import Pledge
from marketplace.intake.rules.pledges import DEFINITION, KINDS, STATES, progress_of
from marketplace.intake.schemas import pledges as schemas
from marketplace.intake.service import pledge_sums, pledges
from marketplace.web.kit import Form, Listing, Pages, choices, done, hats, label, note, render
from marketplace.web.kit import say as _
from marketplace.web.kit.uploads import Keeping

pages: Final = Pages("admin_pledges", __name__, url_prefix="/admin/intake/pledges")

KIND_TITLES: Final = {"signed": note("签约"), "intended": note("意向"), "pledged": note("认购")}
PROGRESS: Final = {
    "none": (note("未履约"), "quiet"),
    "partly": (note("部分履约"), "info"),
    "fulfilled": (note("已履约"), "good"),
}
TONES: Final = {"standing": "info", "lapsed": "warn", "withdrawn": "quiet"}
ENDINGS: Final = {"lapsed": note("失效(到期或不再履行)"), "withdrawn": note("撤销(登记有误)")}
BY: Final = {
    "kind": note("种类"),
    "month": note("月份"),
    "event": note("活动"),
    "province": note("省"),
    "city": note("市"),
    "county": note("县"),
}
VIEWS: Final = {"seller": note("产地视角"), "buyer": note("采购地视角")}


@pages.show("", needs("intake.pledges"))
def listing(session: Session, actor: Actor) -> Response:
    """The register of my areas, newest first, with what came of each."""
    asked = Listing(schemas.PledgeListArgs)
    wanted = pledges.pledges_seen(actor)
    for name in ("kind", "state"):
        if asked.args[name] is not None:
            wanted = wanted.where(getattr(Pledge, name) == asked.args[name])
    page = page_of(
        session, wanted, keys=[Pledge.id], key_of=lambda row: [row.id], args=asked.args, descending=True
    )
    return render(
        "admin/intake/pledges.html",
        fragment="results",
        listing=asked,
        page=page,
        tabs=tabs(actor),
        came=pledges.fulfilled(session, [row.id for row in page.items]),
        progress_of=progress_of,
        kinds=KIND_TITLES,
        kind_choices=[(code, _(title)) for code, title in KIND_TITLES.items()],
        states=STATES.titles,
        state_choices=choices(STATES.titles),
        tones=TONES,
        progress={code: (_(title), tone) for code, (title, tone) in PROGRESS.items()},
    )


@pages.show("/summary", needs("intake.pledges"))
def summary(session: Session, actor: Actor) -> Response:
    """Sums by kind, month, event or area, with their definition; no sales figure has any of them."""
    asked = Listing(schemas.PledgeSumsArgs)
    chosen = [text for name in ("by1", "by2") if (text := request.args.get(name)) in BY]
    by = tuple(dict.fromkeys(chosen)) or tuple(filter(None, asked.args.pop("by").split(","))) or ("kind",)
    asked.args.pop("by", None)
    rows, total = pledge_sums.sums(session, actor, pledge_sums.Asked(**asked.args, by=by))
    return render(
        "admin/intake/pledge_sums.html",
        fragment="results",
        listing=asked,
        rows=rows,
        total=total,
        by=by,
        titles={code: label(title) for code, title in pledge_sums.MEASURE_TITLES.items()},
        definition=label(DEFINITION),
        shown=localised,
        dimensions=[(code, _(title)) for code, title in BY.items()],
        by_titles={code: _(title) for code, title in BY.items()},
        headings=[_(BY[code]) for code in by],
        views=[(code, _(title)) for code, title in VIEWS.items()],
        tabs=tabs(actor),
    )


def _own(session: Session, actor: Actor) -> Keeping:
    """The evidence is of the office's area, or of the organisation for which one works."""
    hat = hats.chosen(actor)
    owner = hats.organisation(actor)
    return Keeping(owner_id=owner, area_code=hat.area_code if hat else None)


@pages.form("/new", needs("intake.pledges"), schemas.PledgeIn, keeps=_own)
def new(session: Session, actor: Actor, form: Form) -> Response:
    """Register what was signed, intended or pledged."""
    return render(
        "admin/intake/pledge_form.html",
        form=form,
        kinds=[(code, _(title)) for code, title in KIND_TITLES.items()],
        may_upload=actor.may("files.upload"),
    )


@new.submit
def register(session: Session, actor: Actor, body: dict[str, Any]) -> Response:
    """Enter it. It is no sale."""
    made = pledges.register(session, actor, pledges.NewPledge(**body))
    return done(f"/admin/intake/pledges/{made.number}", _("已登记"))


@pages.show("/<number>", needs("intake.pledges"))
def one(session: Session, actor: Actor, number: str) -> Response:
    """One of the register, with what came of it."""
    return _show(session, actor, Form(schemas.PledgeSaleIn), Form(schemas.PledgeEndIn), number)


@pages.form("/<number>/sales", needs("intake.pledges"), schemas.PledgeSaleIn)
def sales(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after sales that were refused."""
    return _show(session, actor, form, Form(schemas.PledgeEndIn), number)


@sales.submit
def name_sales(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """Say which counted sale came of it."""
    pledges.name_sales(session, actor, number, **body)
    return done(f"/admin/intake/pledges/{number}", _("已指明销售"))


@pages.form("/<number>/end", needs("intake.pledges"), schemas.PledgeEndIn)
def ending(session: Session, actor: Actor, form: Form, number: str) -> Response:
    """The same page, after an end that was refused."""
    return _show(session, actor, Form(schemas.PledgeSaleIn), form, number)


@ending.submit
def end(session: Session, actor: Actor, body: dict[str, Any], number: str) -> Response:
    """It lapsed, or was entered in error."""
    pledges.end(session, actor, number, body["state"], body["opinion"])
    return done(f"/admin/intake/pledges/{number}", _("已办结"))


def _show(session: Session, actor: Actor, sale_form: Form, end_form: Form, number: str) -> Response:
    pledge = pledges.find(session, actor, number)
    came_fen = pledges.fulfilled(session, [pledge.id]).get(pledge.id, 0)
    title, tone = PROGRESS[progress_of(pledge.amount_fen, came_fen)]
    end_form.prefix = "e"
    return render(
        "admin/intake/pledge.html",
        sale_form=sale_form,
        end_form=end_form,
        pledge=pledge,
        came_fen=came_fen,
        progress=(_(title), tone),
        kind=_(KIND_TITLES[pledge.kind]),
        measure=label(KINDS[pledge.kind][1]),
        definition=label(DEFINITION),
        state=label(STATES.titles[pledge.state]),
        tone=TONES[pledge.state],
        endings=[(code, _(ending_title)) for code, ending_title in ENDINGS.items()],
    )
