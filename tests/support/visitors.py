"""People on pages: somebody with a role who has signed in by the sign-in page, reads pages and sends forms as a browser does."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.service import grants, people
from marketplace.core.actor import WHOLE_COUNTRY, system_actor
from marketplace.core.db import transaction

HTTPS = "https://localhost"
_numbers = itertools.count(1)


class Visitor:
    """A browser without scripts: keeps its cookies, sends the hidden fields of the form that it types into."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **headers: str) -> Any:
        """The answer to a page."""
        return self.client.get(path, base_url=HTTPS, headers=headers)

    def read(self, path: str) -> str:
        """The main part of a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return main_of(answer)

    def send(self, path: str, *, to: str = "", **typed: Any) -> Any:
        """Open the page, fill its form of that address (`to`, else the first) and submit it."""
        form = form_of(self.read(path), to)
        return self.client.post(to or path, data=form | typed, base_url=HTTPS)

    def follow(self, answer: Any) -> str:
        """The page to which a form led."""
        assert answer.status_code == 303, main_of(answer)
        return self.read(answer.headers["Location"])


def main_of(answer: Any) -> str:
    """The main part of a page."""
    html = answer.get_data(as_text=True)
    return html[html.index("<main") : html.index("</main>")] if "<main" in html else html


def text_of(html: str) -> str:
    """The words of a piece of page, blanks made one."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def form_of(main: str, action: str = "") -> dict[str, Any]:
    """The hidden fields of the first form, or of the one with that address."""
    forms = re.findall(r"<form([^>]*)>(.*?)</form>", main, flags=re.S)
    inside = next(
        body
        for head, body in forms
        if 'method="post"' in head and (not action or f'action="{action}"' in head)
    )
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', inside):
        found.setdefault(name, []).append(unescape(value))
    return found


@pytest.fixture
def visitor(app: Flask, database: object) -> Callable[..., Visitor]:
    """Open an account with a role, over an area or for an organisation (`is_of_it`: of the organisation), and sign in."""

    def opened(
        role: str,
        area: str = WHOLE_COUNTRY,
        organisation_id: uuid.UUID | None = None,
        *,
        is_of_it: bool = False,
    ) -> Visitor:
        login = f"page{next(_numbers)}"
        with transaction() as session:
            person = people.add_person(session, system_actor(), f"经办{login}")
            account = people.open_account(
                session,
                system_actor(),
                person.id,
                login,
                organisation_id=organisation_id if is_of_it else None,
            )
            grants.grant(session, system_actor(), account.account.id, role, area, organisation_id)
        one = Visitor(app)
        answer = one.send("/sign-in", login=login, password=account.password)
        assert answer.status_code == 303, main_of(answer)
        return one

    return opened
