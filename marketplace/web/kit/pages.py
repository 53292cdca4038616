"""Routes of pages, on the guards of the API: role × area × owner, refused by default, one transaction for each request.

    pages = Pages("buyers", __name__)

    @pages.show("/orders", needs("orders.read"))
    def orders(session, actor): ...                     # GET: read, render

    @pages.form("/orders/<number>/acceptance", needs("orders.accept"), AcceptanceIn)
    def acceptance(session, actor, form, number): ...   # GET, and again when the form is refused: render

    @acceptance.submit
    def accept(session, actor, body, number): ...       # POST: one call of a service, then `done(where, said)`

    @pages.action("/inbox/<uuid:id>/reading", signed_in())
    def read(session, actor, id): ...                   # POST of a button: one call of a service, then `done`

A page never decides: it reads what was sent with the API's schema and calls the service that the API calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, request
from marshmallow import Schema

from marketplace.core.actor import Actor
from marketplace.core.errors import (
    BadRequest,
    DomainError,
    Forbidden,
    KeyInFlight,
    NotAuthenticated,
    NotFound,
)
from marketplace.core.http import idempotency
from marketplace.core.http.endpoint import Guard, endpoint
from marketplace.web.kit import csrf, hats
from marketplace.web.kit.flashes import flash
from marketplace.web.kit.forms import TRY, Form
from marketplace.web.kit.render import came_from, done, lead, local
from marketplace.web.kit.uploads import Keeping, Keeps, ids_by_field

View = Callable[..., Any]
_PATIENCE_SECONDS: Final = 8.0
_PAUSE_SECONDS: Final = 0.1
# Refusals that end in a page of their own: nothing in the form would change them.
_NOT_THE_FORMS: Final = (NotAuthenticated, NotFound, BadRequest)


class NoFields(Schema):
    """The form of a button."""


class Pages(Blueprint):
    """The pages of one part of the site; `name` is that of no other."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(
            f"{name}_pages", import_name, **options
        )  # the slices' blueprints have the short names

    def show(self, rule: str, guard: Guard, *, snapshot: bool = False) -> Callable[[View], View]:
        """A page that is only read: `view(session, actor, **path)`. `snapshot`: all its figures of one moment."""

        def decorate(view: View) -> View:
            wrapped = endpoint(guard, snapshot=snapshot)(_in_page(guard, view))
            self.add_url_rule(rule, view.__name__, wrapped, methods=["GET"])
            return view

        return decorate

    def form(
        self,
        rule: str,
        guard: Guard,
        schema: type[Schema],
        *,
        own_transactions: bool = False,
        takes: tuple[str, ...] = (),
        keeps: Keeps | None = None,
    ) -> Callable[[View], FormPage]:
        """A form and what it does: `view(session, actor, form, **path)` shows it, its `.submit` takes it.

        `own_transactions`: the use case opens its own and is called without a session (sign-in, payments). `takes`: codes of
        refusals that belong into the form although their kind has a page of its own. `keeps`: whose the files are that are sent
        under names of fields that hold ids; without it, those of the organisation one acts for.
        """

        def decorate(view: View) -> FormPage:
            page = FormPage(guard, schema, view, own_transactions=own_transactions, takes=takes, keeps=keeps)
            self.add_url_rule(rule, view.__name__, page.view(), methods=["GET", "POST"])
            return page

        return decorate

    def action(self, rule: str, guard: Guard, schema: type[Schema] = NoFields) -> Callable[[View], View]:
        """A button: `view(session, actor, **path)` does one thing (with a `schema`: `view(session, actor, body, **path)`).

        A refusal is said on the page where the button was.
        """

        def decorate(view: View) -> View:
            page = FormPage(guard, schema, None)
            if schema is NoFields:
                page.submit(lambda session, actor, body, **path: view(session, actor, **path))
            else:
                page.submit(view)
            self.add_url_rule(rule, view.__name__, page.view(), methods=["POST"])
            return view

        return decorate


class FormPage:
    """The two halves of a form: how it is shown and what it does."""

    def __init__(
        self,
        guard: Guard,
        schema: type[Schema],
        show: View | None,
        *,
        own_transactions: bool = False,
        takes: tuple[str, ...] = (),
        keeps: Keeps | None = None,
    ) -> None:
        self.guard = guard
        self.schema = schema
        self.own_transactions = own_transactions
        self.takes = takes
        self.keeps = keeps
        self._show = show
        self._submit: View | None = None
        self._trial: View | None = None

    def submit(self, view: View) -> View:
        """Register what the form does: `view(session, actor, body, **path)`, which answers with `done`."""
        self._submit = view
        return view

    def trial(self, view: View) -> View:
        """Register what the button ``try`` does: `view(session, actor, form, body, **path)` shows what would come of it."""
        self._trial = view
        return view

    def view(self) -> Callable[..., Response]:
        """The view function for GET and POST."""

        def both(**path: Any) -> Response:
            if request.method == "POST":
                return self._take(path)
            return self._shown(Form(self.schema), path)

        both.__dict__["guard"] = self.guard
        both.__dict__["idempotent"] = not self.own_transactions
        return both

    def _shown(self, form: Form, path: dict[str, Any]) -> Response:
        assert self._show is not None  # noqa: S101 - an action is never shown
        show = self._show
        return endpoint(self.guard)(_in_page(self.guard, lambda s, a, **p: show(s, a, form, **p)))(**path)

    def _take(self, path: dict[str, Any]) -> Response:
        form = Form.sent(self.schema)
        try:
            csrf.check()
            return (self._tried if TRY in request.form else self._once)(form, path)
        except DomainError as error:
            if not self._belongs_to_form(error):
                raise
            g.pop("flashes_to_come", None)
            if self._show is None:
                flash(form.take_in(error), "bad")
                return done(local(came_from()))
            form.take_in(error)
            g.only_shows = True
            response = self._shown(form, path)
            response.status_code = error.status
            return response

    def _tried(self, form: Form, path: dict[str, Any]) -> Response:
        trial, body = self._trial, form.load()
        if trial is None:
            raise BadRequest
        return endpoint(self.guard)(_in_page(self.guard, lambda s, a, **p: trial(s, a, form, body, **p)))(
            **path
        )

    def _once(self, form: Form, path: dict[str, Any]) -> Response:
        """Do it, or give the answer of the first time; a second press waits for the first to be done."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._done(form, path)
            except KeyInFlight:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)

    def _done(self, form: Form, path: dict[str, Any]) -> Response:
        submit = self._submit
        assert submit is not None  # noqa: S101 - a form without a use case does not get past its first test
        if self.own_transactions:
            alone = endpoint(self.guard, own_transactions=True)
            return alone(lambda actor, **p: submit(hats.worn(actor, self.guard), form.load(), **p))(**path)

        def once(session: Any, actor: Actor | None, **inner: Any) -> Response:
            worn = hats.worn(actor, self.guard)

            def produce() -> Response:
                body = form.load(self._kept(form, session, worn, inner))
                return make_response(submit(session, worn, body, **inner))

            return idempotency.answer_once(session, actor, produce, key=form.key, body_hash=form.body_hash())

        response = endpoint(self.guard)(once)(**path)
        return lead(response.get_data()) if "Idempotency-Replayed" in response.headers else response

    def _kept(self, form: Form, session: Any, actor: Actor | None, path: dict[str, Any]) -> dict[str, Any]:
        if actor is None or not request.files:
            return {}
        keeping = (
            self.keeps(session, actor, **path) if self.keeps else Keeping(owner_id=hats.organisation(actor))
        )
        return ids_by_field(form.schema, session, actor, keeping)

    def _belongs_to_form(self, error: DomainError) -> bool:
        if isinstance(error, Forbidden) and error.code == "csrf":
            # An old page of ours may be sent again; what another site sends may not.
            origin = request.headers.get("Origin")
            return origin is None or origin.partition("://")[2] == request.host
        return error.code in self.takes or not isinstance(error, _NOT_THE_FORMS)


def _in_page(guard: Guard, view: View) -> View:
    """Let the header of the page use the request's transaction, and the actor wear the chosen role."""

    def wrapped(session: Any, actor: Actor | None, **path: Any) -> Any:
        g.page_session, g.page_actor = session, actor
        try:
            return make_response(view(session, hats.worn(actor, guard), **path))
        finally:
            g.page_session = None  # it ends with the request's transaction; an error page asks nothing

    return wrapped
