"""schemathesis over the whole OpenAPI: whatever a client sends, the answer is a success or a problem that says what and where.

Each operation is called by a role that may call it (`make soak-api`: by every role), half of the time with ids of things
that exist.
"""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation
from sqlalchemy import text

from benchmarks.people import organisation_row, signed_in_as
from benchmarks.world import write
from marketplace.accounts.permissions import ROLES, Role
from marketplace.core import db, embedded
from marketplace.core.clock import utcnow
from marketplace.core.migrate import APP_ROLE
from marketplace.core.settings import Settings
from wsgi import create_app

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("default"), pytest.mark.timeout(0)]

CASES = 2_000
SOAK_CASES_EACH = 60
ANSWERS_IN_PROBLEMS = "application/problem+json"


@dataclass
class Callers:
    """The API over a small world, and who may call what."""

    schema: Any
    ids: dict[str, list[Any]]
    failures: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def roles_for(self, operation: APIOperation) -> list[Role | None]:
        """The roles that may call it; None, the public, where nobody has to sign in."""
        raw = operation.definition.raw
        if raw.get("security") == []:
            return [None]
        wanted = raw.get("x-permission")
        return [role for role in ROLES if wanted is None or wanted in role.permissions]


@pytest.fixture(scope="module")
def callers(server: embedded.EmbeddedServer) -> Iterator[Callers]:
    server.create_database("sanzhuan_fuzz", template="sanzhuan_template")
    url = server.url(APP_ROLE, "sanzhuan_fuzz")
    app = create_app(
        Settings(
            database_url=url,
            secret_key="test",
            encryption_keys="1:" + "11" * 32,
            index_key="22" * 32,
            log_level="ERROR",
        )
    )
    with db.transaction() as session:
        write(session, producers=6, listings_each=3, buyers=2)
        ids = existing(session)
    yield Callers(schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app), ids)
    db.current().engine.dispose()
    server.drop_database("sanzhuan_fuzz")


def caller(role: Role, turn: int) -> str:
    """The token of somebody new who holds the role: over the whole country, or for an organisation of their own."""
    now = utcnow()
    unit_kind = {"buyer": "budget_unit", "citizen": "citizen"}.get(role.code, "producer")
    own = (
        organisation_row(unit_kind, f"测试{role.title_zh}{turn}", "441403", now)
        if role.kind == "owner"
        else None
    )
    with db.transaction() as session:
        return signed_in_as(session, own, (role.code,), f"fuzz.{role.code}.{turn}", now)


def existing(session: Any) -> dict[str, list[Any]]:
    """Ids of things that exist, by the name a path or a body gives them: listing_id, channel_id, …"""
    tables = session.execute(
        text(
            "SELECT table_schema, table_name FROM information_schema.columns WHERE column_name = 'id' AND data_type = 'uuid'"
        )
    ).all()
    found: dict[str, list[Any]] = {}
    for schema, table in tables:
        rows = session.scalars(text(f'SELECT id FROM "{schema}"."{table}" LIMIT 20')).all()
        if rows:
            found[f"{table}_id"] = [str(row) for row in rows]
    found["buyer_id"] = found["budget_unit_id"] = found["organisation_id"]
    found["number"] = list(session.scalars(text("SELECT number FROM orders.sales_order LIMIT 20"))) or [
        "D0000000"
    ]
    return found


def aim(value: Any, ids: dict[str, list[Any]], dice: random.Random) -> Any:
    """The same value with ids of things that exist under the names that ask for one."""
    if isinstance(value, dict):
        return {
            name: dice.choice(ids[name]) if name in ids and isinstance(item, str) else aim(item, ids, dice)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [aim(item, ids, dice) for item in value]
    return value


def call(
    callers: Callers,
    operation: APIOperation,
    role: Role | None,
    token: str,
    case: Any,
    dice: random.Random | None,
) -> None:
    if dice is not None:
        case.path_parameters = aim(case.path_parameters, callers.ids, dice)
        case.query = aim(case.query, callers.ids, dice)
        case.body = aim(case.body, callers.ids, dice)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = case.call(headers=headers)
    callers.statuses[answer.status_code] += 1
    told = f"{operation.method.upper()} {operation.path} as {role.code if role else 'anybody'}: {answer.status_code}"
    sent = f"path {case.path_parameters!r} query {case.query!r} body {str(case.body)[:400]!r}"
    if answer.status_code >= 500:
        callers.failures.append(f"{told}; {sent}")
    elif answer.status_code >= 400:
        wrong = not_a_problem(answer)
        if wrong:
            callers.failures.append(f"{told}; {wrong}; {sent}")


def not_a_problem(answer: Any) -> str | None:
    """What keeps a 4xx from being a problem that says what is wrong."""
    kind = answer.headers.get("content-type", [""])[0]
    if not kind.startswith(ANSWERS_IN_PROBLEMS):
        return f"content type {kind!r}"
    body = json.loads(answer.content)
    if body.get("status") != answer.status_code or not re.fullmatch(r"[a-z0-9_]+", body.get("code", "")):
        return f"body {body!r}"
    return None


def fuzz(callers: Callers, operation: APIOperation, role: Role | None, cases: int) -> None:
    """Two thirds of the cases as the document asks, one third as it forbids."""
    token = caller(role, len(callers.statuses) + sum(callers.statuses.values())) if role else ""
    forbidden = cases // 3
    try:
        send(callers, operation, role, token, GenerationMode.NEGATIVE, forbidden)
    except Unsatisfiable:  # nothing can be wrong about a request without parameters
        forbidden = 0
    send(callers, operation, role, token, GenerationMode.POSITIVE, cases - forbidden)


def send(
    callers: Callers, operation: APIOperation, role: Role | None, token: str, mode: GenerationMode, count: int
) -> None:
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), aimed=st.booleans(), seed=st.integers(0, 10_000))
    def each(case: Any, aimed: bool, seed: int) -> None:
        call(callers, operation, role, token, case, random.Random(seed) if aimed else None)

    each()


def test_every_operation_answers_whatever_it_is_sent_and_no_answer_is_a_5xx(callers: Callers) -> None:
    operations = [result.ok() for result in callers.schema.get_all_operations()]
    assert operations
    soak = os.environ.get("API_SOAK") == "1"
    for operation in operations:
        roles = callers.roles_for(operation)
        assert roles, f"nobody may call {operation.label}"
        if soak:
            for role in roles:
                fuzz(callers, operation, role, SOAK_CASES_EACH)
        else:
            # One that reaches everywhere and one that reaches its own, where both may call.
            chosen = {role.kind if role else "": role for role in roles}
            for role in chosen.values():
                fuzz(callers, operation, role, -(-CASES // len(operations) // len(chosen)) + 3)
    print(  # noqa: T201 - shown with -s: what the run was made of
        f"{sum(callers.statuses.values())} cases over {len(operations)} operations: {dict(callers.statuses)}"
    )
    if callers.failures:
        pytest.fail("\n".join(callers.failures[:20]))
    assert sum(callers.statuses.values()) >= CASES
