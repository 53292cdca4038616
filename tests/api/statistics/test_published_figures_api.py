"""Published figures by HTTP: as printed, with the doubts and their reasons, page by page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from marketplace.core import db
from marketplace.core.actor import system_actor
from marketplace.statistics.published import import_published

LIST = Path(__file__).resolve().parents[3] / "data" / "published" / "sales_statistics_consumption_aid.csv"


def test_an_official_reads_what_is_wrong_with_a_published_row_and_the_row_as_it_was_printed(
    client: FlaskClient, as_role: Callable[..., dict[str, str]]
) -> None:
    with db.transaction() as session:
        import_published(session, system_actor(), LIST.read_bytes())
    officer = as_role("city_officer")

    def ask(query: str) -> tuple[list[dict[str, object]], str | None]:
        answer = client.get(f"/api/v1/published-figures?{query}", headers=officer)
        assert answer.status_code == 200
        body = answer.get_json()
        return body["items"], body["next_cursor"]

    [row], _ = ask("words=赴粤就业")
    assert (row["raw_text"], row["unit_words"], row["compared"]) == (
        "60606",
        "人次",
        "其中低收入人口18266人次,占比31.09%",
    )
    [flag] = row["flags"]  # type: ignore[misc]
    assert (flag["code"], flag["title"]) == ("share_wrong", "占比或增幅与原文所列数字不符")
    assert flag["reason"].startswith("按原文数字应为30.14%,原文为31.09%")
    first, cursor = ask("flagged=true&page_size=20")
    assert (len(first), all(one["flags"] for one in first)) == (20, True)
    second, _ = ask(f"flagged=true&page_size=20&cursor={cursor}")
    assert not {one["id"] for one in first} & {one["id"] for one in second}
    assert client.get("/api/v1/published-figures").status_code == 401
