"""What stands around every page: sections, menu, who one is, what waits. Each section is declared where its pages are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from marketplace.accounts import permissions
from marketplace.accounts.service import header
from marketplace.core.actor import Actor, Held
from marketplace.core.errors import Forbidden
from marketplace.web.kit import hats, words

_SECTIONS: Final = "marketplace.page_sections"
# Pages of everybody who signed in: they stand in the section of the role one works in.
_OWN_PAGES: Final = frozenset({"account_pages", "notices_pages"})


@dataclass(frozen=True)
class Entry:
    """A line of a section's menu. `permission`: who sees it (None: everybody). `counts`: what waits there, for a badge.

    `also`: further paths whose pages belong to it: the stock of an offer belongs to 商品.
    """

    title: str  # Chinese, marked by `note`
    path: str
    permission: str | None = None
    counts: Callable[[Session, Actor], int] | None = None
    also: tuple[str, ...] = ()

    def holds(self, path: str, start: str) -> bool:
        """Whether the page at `path` stands under this line; the line of the section's `start` holds that page alone."""
        below = self.also if self.path == start else (self.path, *self.also)
        return path == self.path or any(path == one or path.startswith(f"{one}/") for one in below)


@dataclass(frozen=True)
class Section:
    """A part of the site with its own menu. `roles` are led to `start` when they sign in.

    `subjects`: where the thing that a notice tells of is shown, by the notice's subject kind: ``{"order": "/orders/{id}"}``;
    `subject_permissions`: the permission that such a page takes, where not every role of the section has it.
    """

    code: str
    title: str
    start: str
    roles: frozenset[str]
    entries: Sequence[Entry] = ()
    subjects: Mapping[str, str] = field(default_factory=dict)
    subject_permissions: Mapping[str, str] = field(default_factory=dict)

    def require(self, actor: Actor) -> None:
        """Raise Forbidden unless the actor holds a role of this section: for its start, which asks no permission."""
        if not self.roles & set(actor.roles):
            raise Forbidden


@dataclass(frozen=True)
class Line:
    """An entry of the menu as this page shows it: its title in the language of the request, how much waits there."""

    path: str
    title: str
    is_here: bool
    waiting: int


@dataclass(frozen=True)
class Shell:
    """What `base.html` shows around a page."""

    section: Section | None
    menu: Sequence[Line]
    actor: Actor | None
    me: header.Header | None
    hats: Sequence[tuple[str, Held]]
    hat: Held | None

    @property
    def todo(self) -> int:
        """How many things wait, over all entries that count."""
        return sum(line.waiting for line in self.menu)


def add_section(app: Flask, section: Section) -> None:
    """Add a section to the site; ValueError when there is one of that code."""
    known = sections(app)
    if section.code in known:
        raise ValueError(f"the section {section.code} is there already")
    app.extensions[_SECTIONS] = known | {section.code: section}


def sections(app: Flask | None = None) -> dict[str, Section]:
    """The sections of the site by their codes, in the order in which they were added."""
    found: dict[str, Section] = (app or current_app).extensions.get(_SECTIONS, {})
    return found


def home_of(actor: Actor | None) -> str:
    """The page on which somebody starts: that of the section of the role one works in."""
    section = _section_of(hats.chosen(actor))
    return "/" if section is None else section.start


def subject_page(kind: str, subject_id: str, actor: Actor) -> str | None:
    """The page of what a notice tells of, in the section of the role one works in; None where there is none for it."""
    section = _section_of(hats.chosen(actor))
    if section is None or kind not in section.subjects:
        return None
    needed = section.subject_permissions.get(kind)
    if needed is not None and not actor.may(needed):
        return None
    return section.subjects[kind].format(id=subject_id)


def title_of(held: Held) -> str:
    """What a role is called."""
    return permissions.role(held.role).title_zh


def _section_of(held: Held | None) -> Section | None:
    """The section in which a role works."""
    return next((one for one in sections().values() if held is not None and held.role in one.roles), None)


def _section_here(held: Held | None) -> Section | None:
    own = _section_of(held)
    if own is not None and request.blueprint in _OWN_PAGES:
        return own
    inside = [
        section
        for section in sections().values()
        if section.start == "/"
        or request.path == section.start
        or request.path.startswith(f"{section.start.rstrip('/')}/")
    ]
    return max(inside, key=lambda section: len(section.start), default=None)


def shell() -> Shell:
    """The surroundings of this request's page, read once; on error pages nothing is asked of the database."""
    if "shell" not in g:
        g.shell = _read()
    found: Shell = g.shell
    return found


def _read() -> Shell:
    actor: Actor | None = g.get("page_actor", g.get("actor"))
    session: Session | None = g.get("page_session")
    if session is not None and not session.is_active:
        session = None
    hat = hats.chosen(actor)
    section = _section_here(hat)
    menu = [] if section is None else list(_menu(section, session, actor))
    me = header.read(session, actor) if session is not None and actor is not None else None
    held = sorted(actor.held, key=hats.code_of) if actor is not None else []
    return Shell(section, menu, actor, me, [(hats.code_of(one), one) for one in held], hat)


def _menu(section: Section, session: Session | None, actor: Actor | None) -> Iterator[Line]:
    path = request.path
    for entry in section.entries:
        if entry.permission is not None and (actor is None or not actor.may(entry.permission)):
            continue
        waiting = 0
        if entry.counts is not None and session is not None and actor is not None:
            waiting = entry.counts(session, actor)
        yield Line(entry.path, words.say(entry.title), entry.holds(path, section.start), waiting)
