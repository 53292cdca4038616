"""A page as the answer to a form itself, without the redirect: for what is shown this once and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g
from sqlalchemy.orm import Session

from marketplace.core.db import transaction


def shown_once(view: Callable[[Session], Response]) -> Response:
    """What `view(session)` renders, in a transaction of its own: the answer of a form with `own_transactions`.

    Such a form's answer is not kept for a second sending, so a password or a preview of people stays in this answer alone.
    """
    with transaction() as session:
        g.page_session = session
        try:
            return view(session)
        finally:
            g.page_session = None
