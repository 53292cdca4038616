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

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation

from benchmarks.people import organisation_row, signed_in_as
from marketplace.accounts.permissions import ROLES, Role
from marketplace.core import db, embedded
from marketplace.core.clock import frozen_at, shanghai, utcnow
from marketplace.core.migrate import APP_ROLE
from marketplace.core.settings import Settings
from tests.support.fuzz_world import Known, build_world
from wsgi import create_app

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("default"), pytest.mark.timeout(0)]

CASES = 2_000
#: Of `make soak-api`, for each operation and role; API_SOAK_CASES=15 makes a quarter of it.
SOAK_CASES_EACH = int(os.environ.get("API_SOAK_CASES", "60"))
#: Eleven months are closed, December is open, and the certificates are valid.
NOW = shanghai(2020, 12, 28, 10)
#: Another run sees other cases: API_SOAK_SEED=2.
SEED = int(os.environ.get("API_SOAK_SEED", "1"))
ANSWERS_IN_PROBLEMS = "application/problem+json"


@dataclass
class Callers:
    """The API over a small world, and who may call what."""

    schema: Any
    known: Known
    failures: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def fail(self, told: str) -> None:
        """Keep a failure for the end, and say it at once to who watches with -s: a soak runs long."""
        self.failures.append(told)
        print(told, flush=True)  # noqa: T201

    def roles_for(self, operation: APIOperation) -> list[Role | None]:
        """The roles that may call it; None, the public, where nobody has to sign in."""
        raw = operation.definition.raw
        if raw.get("security") == []:
            return [None]
        wanted = raw.get("x-permission")
        return [role for role in ROLES if wanted is None or wanted in role.permissions]


@pytest.fixture(scope="module")
def callers(server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    server.create_database("sanzhuan_fuzz", template="sanzhuan_template")
    app = create_app(
        Settings(
            database_url=server.url(APP_ROLE, "sanzhuan_fuzz"),
            data_dir=tmp_path_factory.mktemp("fuzz"),
            secret_key="test",
            encryption_keys="1:" + "11" * 32,
            index_key="22" * 32,
            signing_keys="1:" + "33" * 32,
            log_level="ERROR",
        )
    )
    build_world()
    with db.transaction() as session:
        known = Known(session)
    with frozen_at(NOW):
        yield Callers(schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app), known)
    db.current().dispose()
    server.drop_database("sanzhuan_fuzz")


def caller(known: Known, role: Role, turn: int) -> str:
    """The token of somebody new who holds the role: over the whole country, or for an organisation that has business."""
    now = utcnow()
    home = known.homes.get(role.code)
    citizen = None
    if role.kind == "owner" and home is None:
        citizen = organisation_row("citizen", f"测试{role.title_zh}{turn}", "441403", now)
    with db.transaction() as session:
        return signed_in_as(session, citizen, (role.code,), f"fuzz.{role.code}.{turn}", now, owner_id=home)


def call(
    callers: Callers,
    operation: APIOperation,
    role: Role | None,
    token: str,
    case: Any,
    dice: random.Random | None,
) -> None:
    if dice is not None:
        path = operation.path
        case.path_parameters = callers.known.aim(case.path_parameters, path, dice)
        case.query = callers.known.aim(case.query, path, dice)
        case.body = callers.known.aim(case.body, path, dice)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if dice is not None and operation.method.lower() == "patch":
        headers["If-Match"] = f'"{dice.choice((1, 2))}"'
    answer = case.call(headers=headers)
    callers.statuses[answer.status_code] += 1
    told = f"{operation.method.upper()} {operation.path} as {role.code if role else 'anybody'}: {answer.status_code}"
    sent = f"path {case.path_parameters!r} query {case.query!r} body {str(case.body)[:400]!r}"
    # A paper that the worker has not made yet says so, and when to come back; no worker runs here.
    not_yet = operation.path.endswith("/document") and "retry-after" in {
        name.lower() for name in answer.headers
    }
    if answer.status_code >= 500 and not (answer.status_code == 503 and not_yet):
        callers.fail(f"{told}; {sent}")
    elif answer.status_code >= 400:
        wrong = not_a_problem(answer)
        if wrong:
            callers.fail(f"{told}; {wrong}; {sent}")


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
    token = (
        caller(callers.known, role, len(callers.statuses) + sum(callers.statuses.values())) if role else ""
    )
    forbidden = cases // 3
    try:
        send(callers, operation, role, token, GenerationMode.NEGATIVE, forbidden)
    except Unsatisfiable:  # nothing can be wrong about a request without parameters
        forbidden = 0
    send(callers, operation, role, token, GenerationMode.POSITIVE, cases - forbidden)


def send(
    callers: Callers, operation: APIOperation, role: Role | None, token: str, mode: GenerationMode, count: int
) -> None:
    @hypothesis.seed(SEED)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
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
