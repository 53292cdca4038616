"""Authority ends at its border: who holds a role elsewhere, or for somebody else, gets nothing and changes nothing.

The reviewed matrix says which role may call which route; this calls each route that names a thing, as every role that may
call it, from another area and for another organisation. Whoever may not see a thing may not know that it is there: 404, or 403.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from benchmarks import checkout
from benchmarks.people import organisation_row, rows
from benchmarks.world import write
from marketplace.accounts.models import Account, Organisation
from marketplace.accounts.permissions import ROLES, Role
from marketplace.certification.models import Notice, NoticeItem
from marketplace.certification.service.revocation import propose_revocation
from marketplace.core import db, files
from marketplace.core.actor import system_actor
from marketplace.core.clock import frozen_at, period_of, previous_period, shanghai, utcnow
from marketplace.core.ids import uuid7
from marketplace.orders.models import SalesOrder
from marketplace.orders.service.photos import attach_photos
from marketplace.payments.models import CommissionBill
from marketplace.producers.models import Producer
from tests.support import certification, county, reporting
from tests.support.invoiced import invoiced
from tests.support.photos import JPEG

FAR_AREA = "650104"
CHANGING = ("post", "patch", "put", "delete")
# Routes that name no thing of an area or an owner, or whose thing is somebody's own and found by who asks.
WITHOUT_BORDER = {
    "/api/v1/cart/lines/{listing_id}",
    "/api/v1/favourites/{listing_id}",
    "/api/v1/inbox/{notice_id}/reading",
    "/api/v1/periods/{period}",
    "/api/v1/periods/{period}/close",
    "/api/v1/reports/{name}",
    "/api/v1/tokens/{token_id}",
}
# Things that this world does not hold; their slices test the border themselves.
ELSEWHERE = (
    "/api/v1/approval-delegations/",
    "/api/v1/approval-rules/",
    "/api/v1/approvals/",
    "/api/v1/balances/",
    "/api/v1/bank-statements/",
    "/api/v1/bulletins/",
    "/api/v1/declared-payers/",
    "/api/v1/checkouts/",
    "/api/v1/commission-agreements/",
    "/api/v1/contract-signatures/",
    "/api/v1/contracts/",
    "/api/v1/delivery-addresses/",
    "/api/v1/exports/",
    "/api/v1/files/",
    "/api/v1/gateway-accounts/",
    "/api/v1/gift-orders/",
    "/api/v1/grants/",
    "/api/v1/handovers/",
    "/api/v1/intake/",
    "/api/v1/interest-claims/",
    "/api/v1/jobs/",
    "/api/v1/levy-payments/",
    "/api/v1/levy-statements/",
    "/api/v1/objections/",
    "/api/v1/payout-files/",
    "/api/v1/payouts/",
    "/api/v1/online-payments/",
    "/api/v1/payment-notices/",
    "/api/v1/payments/",
    "/api/v1/payout-lines/",
    "/api/v1/people/",
    "/api/v1/price-inquiries/",
    "/api/v1/product-imports/",
    "/api/v1/purchase-plans/",
    "/api/v1/purchase-requests/",
    "/api/v1/receipts/",
    "/api/v1/refunds/",
    "/api/v1/repayments/",
    "/api/v1/reserve-filings/",
    "/api/v1/returns/",
    "/api/v1/settlements/",
    "/api/v1/supervised-agreements/",
    "/api/v1/statistics/upward/",
    "/api/v1/statistics/views/",
    "/api/v1/targets/",
    "/api/v1/unit-accounts/",
    "/api/v1/upward/",
)


@dataclass
class Thing:
    """Something that exists: how paths name it, the area it lies in, the organisations that own it by role."""

    names: dict[str, str]
    area: str
    owners: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass
class Land:
    """Things by the first word of their paths, and an organisation that owns none of them."""

    things: dict[str, Thing]
    stranger: uuid.UUID


@pytest.fixture
def land(database: db.Database, client: FlaskClient) -> Land:
    now = utcnow()
    with db.transaction() as session:
        home = county.make_world(session)
        numbers = home.households(3)
        agreement = home.agreement()
        home.approved(agreement, home.version([(number, 1) for number in numbers]))
        decided = certification.County(session)
        application = decided.carried("county_proposed", "provincial", decided.new_product("蜜柚"))
        certificate = decided.certified()
        noticed = decided.carried("in_public_notice", "provincial", decided.new_product("荔枝干"))
        notice = session.query(Notice).join(NoticeItem).filter_by(application_id=noticed.id).one()
        proposal = propose_revocation(
            session, decided.offices["county_proposed"], certificate.id, cause="own_request", grounds="退出"
        )
        shop = write(session, producers=1, listings_each=3, buyers=1)
        stranger = organisation_row("producer", "远方合作社", FAR_AREA, now)
        rows(session, Organisation, [stranger])
        makers = dict.fromkeys(("producer", "producer_finance"), home.producer.organisation_id)
        applicants = {"producer": decided.producer.organisation_id}
        seller = session.get_one(Producer, shop.shelves[0].producer_id)
        desk = reporting.make_reporting(home).county
        with frozen_at(shanghai(2020, 10, 4)):
            declaration = desk.draft()
        clerk = session.query(Account).filter_by(organisation_id=shop.buyers[0][0]).one()
        things = {
            "agreements": Thing({"number": agreement.number, "version": "1"}, county.COUNTY, makers),
            "statements": Thing({"agreement": agreement.number}, county.COUNTY, makers),
            "households": Thing(
                {"household_no": str(numbers[0]), "member_id": str(uuid.uuid4())}, county.COUNTY
            ),
            "declarations": Thing(
                {"declaration_id": str(declaration.id), "unit_id": str(desk.unit.id)}, county.COUNTY
            ),
            "villages": Thing({"area_code": county.VILLAGE}, county.COUNTY),
            "applications": Thing({"number": application.number}, decided.area, applicants),
            "certificates": Thing({"certificate_id": str(certificate.id)}, decided.area, applicants),
            "notices": Thing({"number": notice.number}, decided.area, applicants),
            "revocation-proposals": Thing({"number": proposal.number}, decided.area),
            "producers": Thing({"producer_id": str(home.producer.id)}, county.COUNTY, makers),
            "products": Thing({"product_id": str(home.product.id)}, county.COUNTY, makers),
            "organisations": Thing(
                {"organisation_id": str(home.producer.organisation_id)}, county.COUNTY, makers
            ),
            "accounts": Thing({"account_id": str(clerk.id)}, "440100"),
            "channels": Thing({"channel_id": str(shop.channel_id)}, "440100"),
            "listings": Thing(
                {"listing_id": str(shop.shelves[0].listings[0][0])},
                "440100",
                {"producer": seller.organisation_id},
            ),
            "offers": Thing(
                {"offer_id": offer_of(session, shop)}, "441403", {"producer": seller.organisation_id}
            ),
            "commission-bills": Thing(
                {"number": commission_billed(session, seller.organisation_id)},
                "441403",
                dict.fromkeys(("producer", "producer_finance"), seller.organisation_id),
            ),
        }
    placed = client.post(
        checkout.PATH, json=checkout.body(shop, 0, 0), headers=checkout.headers(shop, 0, "border")
    )
    assert placed.status_code == 201, placed.get_json()
    with db.transaction() as session:
        order = session.query(SalesOrder).one()
        sides = {
            "buyer": order.buyer_id,
            "producer": order.producer_organisation_id,
            "producer_finance": order.producer_organisation_id,
        }
        photo = files.store(session, system_actor(), name="到货.jpg", content=JPEG, owner_id=order.buyer_id)
        attach_photos(session, system_actor(), order, [photo.id])
        things["orders"] = Thing({"number": order.number, "file_id": str(photo.id)}, "440100", sides)
        near_unit = session.get_one(Organisation, home.producer.organisation_id)
        for word, names in invoiced(session, order, near_unit).items():
            things[word] = Thing(names, "440100", sides)
    return Land(things, stranger["id"])


def offer_of(session: Any, shop: Any) -> str:
    from marketplace.catalogue.models import Listing

    return str(session.get_one(Listing, shop.shelves[0].listings[0][0]).offer_id)


def commission_billed(session: Any, producer_id: uuid.UUID) -> str:
    """The number of a bill of commission; what it charges is no matter of borders."""
    bill = CommissionBill(
        id=uuid7(),
        number="E0BORDER",
        producer_organisation_id=producer_id,
        period=previous_period(period_of(utcnow())),
        lines=1,
        base_fen=9_800,
        total_fen=245,
        drawn_at=utcnow(),
        is_demo=True,
    )
    session.add(bill)
    session.flush()
    return bill.number


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    permission: str | None
    query: dict[str, Any]
    body: Any


def routes(app: Flask) -> list[Route]:
    """Every guarded operation whose path names a thing."""
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    return [
        Route(
            method,
            path,
            operation.get("x-permission"),
            {
                given["name"]: given.get("example") or example_of(given["schema"], document)
                for given in operation.get("parameters", [])
                if given["in"] == "query" and given.get("required")
            },
            example_body(operation, document),
        )
        for path, item in sorted(document["paths"].items())
        for method, operation in sorted(item.items())
        if "{" in path and method in ("get", *CHANGING) and operation.get("security") != []
    ]


def example_body(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return (
        example_of(content["application/json"]["schema"], document) if "application/json" in content else None
    )


def example_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """A value that the schema asks for: its own example, else one made of its parts."""
    if "$ref" in schema:
        return example_of(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    for given in (
        *schema.get("examples", []),
        *(schema[name] for name in ("example", "default") if name in schema),
    ):
        return given
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {name: example_of(part, document) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], document)] if schema.get("minItems") else []
    if "enum" in schema or schema.get("format") == "uuid":
        return schema.get("enum", [str(uuid.uuid4())])[0]
    return {"integer": schema.get("minimum", 1), "boolean": False, "number": 1}.get(kind, "演示用途")


def test_every_route_that_names_a_thing_is_bordered_or_reviewed(app: Flask, land: Land) -> None:
    left = {
        route.path
        for route in routes(app)
        if route.path not in WITHOUT_BORDER
        and not route.path.startswith(ELSEWHERE)
        and route.path.split("/")[3] not in land.things
    }
    assert left == set()


def test_who_holds_a_role_elsewhere_reads_nothing_and_changes_nothing(
    app: Flask, client: FlaskClient, land: Land, as_role: Callable[..., dict[str, str]]
) -> None:
    far = {role.code: far_headers(role, land, as_role) for role in ROLES}
    passed = []
    asked = 0
    for route in routes(app):
        thing = land.things.get(route.path.split("/")[3])
        if thing is None or route.path in WITHOUT_BORDER:
            continue
        for role in ROLES:
            if route.permission is not None and route.permission not in role.permissions:
                continue
            asked += 1
            status = ask(client, route, thing, far[role.code])
            refused = {403, 404} if route.method == "get" else {403, 404, 409, 412, 422, 428, 400}
            if status not in refused:
                passed.append(f"{route.method.upper()} {route.path} as {role.code}: {status}")
    assert not passed, "\n".join(passed)
    assert asked > 200


def test_who_holds_the_role_here_reads_it(
    app: Flask, client: FlaskClient, land: Land, as_role: Callable[..., dict[str, str]]
) -> None:
    """The other side: the border refuses strangers, not everybody."""
    nobody_reads = []
    for route in routes(app):
        thing = land.things.get(route.path.split("/")[3])
        if thing is None or route.method != "get" or route.path in WITHOUT_BORDER:
            continue
        allowed = [role for role in ROLES if route.permission is None or route.permission in role.permissions]
        statuses = {
            role.code: ask(client, route, thing, near)
            for role in allowed
            if (near := near_headers(role, thing, as_role)) is not None
        }
        # The village board hangs only while a notice runs: 409 says so to whoever may see it.
        if not {200, 409} & set(statuses.values()):
            nobody_reads.append(f"{route.path}: {statuses}")
    assert not nobody_reads, "\n".join(nobody_reads)


def far_headers(role: Role, land: Land, as_role: Callable[..., dict[str, str]]) -> dict[str, str]:
    if role.kind == "owner":
        return as_role(role.code, organisation_id=land.stranger)
    return as_role(role.code, FAR_AREA)


def near_headers(role: Role, thing: Thing, as_role: Callable[..., dict[str, str]]) -> dict[str, str] | None:
    if role.kind == "owner":
        owner = thing.owners.get(role.code)
        return as_role(role.code, organisation_id=owner) if owner else None
    return as_role(role.code, thing.area)


def ask(client: FlaskClient, route: Route, thing: Thing, headers: dict[str, str]) -> int:
    path = route.path.format(**thing.names)
    sent = headers | {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"1"'}
    if route.method == "get":
        return client.get(path, query_string=route.query, headers=sent).status_code
    return client.open(path, method=route.method.upper(), json=route.body, headers=sent).status_code
