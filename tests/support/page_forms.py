"""Forms of pages over the test client: open, type, submit."""

from __future__ import annotations

import html
import re
from typing import Any, Final

from flask.testing import FlaskClient

HTTPS: Final = "https://localhost"  # cookies of the service are sent over HTTPS only


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the first form of the main part that is sent by POST."""
    main = page[page.index("<main") :]
    form = main[main.index('<form method="post"') :]
    form = form[: form.index("</form>")]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', form)
    }


def send(client: FlaskClient, path: str, **typed: str) -> Any:
    """Open the page, type, submit; returns the answer."""
    shown = client.get(path, base_url=HTTPS).get_data(as_text=True)
    return client.post(path, data=fields(shown) | typed, base_url=HTTPS)


def text_of(client: FlaskClient, path: str, **headers: str) -> str:
    """The HTML of a page that must be there."""
    answer = client.get(path, base_url=HTTPS, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)
