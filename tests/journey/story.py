"""The steps of one published product's way, each by the API and in the role whose turn it is.

海鸭蛋 of 廉江市德盛生态农业科技有限公司 (佛山日报 2020-10-23); credit code, price, households and the sale are 演示数据.
"""

import itertools
from io import BytesIO

from marketplace.core.clock import frozen_at, shanghai
from marketplace.demo.invented.codes import demo_uscc
from marketplace.demo.published import load
from marketplace.producers.categories import suggest

COUNTY, CITY = "440881", "440800"
PAPERS = ("benefit_evidence", "quality_report", "price_statement")
_keys = itertools.count(1)


class Api:
    """The API on a day of 2020: requests of a role, and their answers."""

    def __init__(self, client, as_role):
        self.client, self.as_role = client, as_role
        self.now = shanghai(2020, 3, 2, 9)
        self.roles = {}

    def on(self, month, day, hour=9, year=2020):
        self.now = shanghai(year, month, day, hour)

    def role(self, code, area="000000", owner=None, number=0, **options):
        key = (code, area, owner, number)
        if key not in self.roles:
            with frozen_at(self.now):
                self.roles[key] = self.as_role(code, area, organisation_id=owner, **options)
        return self.roles[key]

    def send(self, method, who, path, expected, **sent):
        headers = {**who, "Idempotency-Key": f"journey-{next(_keys)}"}
        with frozen_at(self.now):
            answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, **sent)
        assert answer.status_code == expected, answer.get_data(as_text=True)
        return answer.get_json(silent=True)

    def post(self, who, path, body=None, expected=201):
        return self.send("POST", who, path, expected, json={} if body is None else body)

    def get(self, who, path):
        return self.send("GET", who, path, 200)

    def download(self, who, path):
        """The bytes of a file as the API gives it."""
        with frozen_at(self.now):
            answer = self.client.get(f"/api/v1{path}", headers=who)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.data


def registered(api):
    """The published producer with its product, and a budget unit of 广州; organisation and row ids."""
    published = next(one for one in load().products if one.title == "海鸭蛋")
    operator = api.role("platform_operator")
    producer_org = api.post(
        operator,
        "/organisations",
        {
            "kind": "producer",
            "name": published.producer,
            "area_code": COUNTY,
            "uscc": demo_uscc("91", COUNTY, 9_001),
            "size_class": "small",
        },
    )["id"]
    producer = api.post(
        operator, "/producers", {"organisation_id": producer_org, "entity_kind": "enterprise"}
    )["id"]
    product = api.post(
        operator,
        "/products",
        {
            "producer_id": producer,
            "name": published.name,
            "category_code": suggest(published.name).code,
            "spec": "30枚/箱",
            "unit": "箱",
            "net_weight_g": 2000,
            "origin_area": COUNTY,
        },
    )["id"]
    buyer = api.post(
        operator,
        "/organisations",
        {
            "kind": "budget_unit",
            "name": "广州市演示学校(演示数据)",
            "area_code": "440100",
            "uscc": demo_uscc("12", "440100", 9_002),
            "fiscal_area": "440100",
            "fiscal_tier": "city_level",
            "sector": "education",
        },
    )["id"]
    return producer_org, producer, product, buyer


def certified(api, producer_org, product):
    """Applied for, reviewed level by level, noticed and issued on 2020-03-25; the certificate."""
    applicant = api.role("producer", owner=producer_org)
    papers = []
    for code in PAPERS:
        file = api.send(
            "POST",
            applicant,
            "/files",
            201,
            data={
                "file": (BytesIO("演示数据".encode()), f"{code}.txt"),
                "owner_organisation_id": producer_org,
            },
            content_type="multipart/form-data",
        )
        papers.append({"code": code, "file_id": file["id"]})
    body = {
        "scheme": "city_local",
        "product_id": product,
        "facts": {"households_helped": 3},
        "documents": papers,
    }
    number = api.post(applicant, "/applications", body)["number"]
    api.post(applicant, f"/applications/{number}/submission", expected=200)
    for day, role in ((3, "township_reviewer"), (5, "sector_reviewer"), (9, "county_officer")):
        api.on(3, day)
        api.post(
            api.role(role, COUNTY),
            f"/applications/{number}/decisions",
            {"verdict": "pass", "opinion": "同意"},
            200,
        )
    api.on(3, 10)
    notice = {
        "numbers": [number],
        "level": "county",
        "area_code": COUNTY,
        "title": "扶贫产品公示(演示数据)",
        "issuing_unit": "廉江市扶贫办(演示数据)",
        "receiving_unit": "廉江市扶贫办(演示数据)",
        "telephone": "0759-1234567",
    }
    ends_on = api.post(api.role("county_officer", COUNTY), "/notices", notice)["ends_on"]
    assert ends_on == "2020-03-16"
    api.on(3, 17)
    decider = api.role("county_officer", COUNTY, number=1)
    api.post(decider, f"/applications/{number}/decisions", {"verdict": "pass", "opinion": "予以认定"}, 200)
    api.on(3, 19)
    api.post(
        api.role("city_officer", CITY),
        f"/applications/{number}/decisions",
        {"verdict": "pass", "opinion": "同意"},
        200,
    )
    api.on(3, 25)
    issue = {"numbers": [number], "batch": 1, "opinion": "同意签发"}
    issued = api.post(api.role("issuer", CITY), "/certificates", issue)["items"][0]
    assert (issued["catalogue_no"], issued["valid_to"]) == (f"{COUNTY}-2020-01-0001", "2022-03-24")
    return issued


def linked(api, producer_org, producer, product):
    """Three invented households, and an agreement from April on: 10 % of every sale is theirs; it stands for half of them."""
    officer, applicant = api.role("county_officer", COUNTY), api.role("producer", owner=producer_org)
    standing = {
        "file_status": "graduated",
        "from_day": "2019-06-30",
        "members": 4,
        "labour": 2,
        "document_no": "演示数据",
    }
    homes = [
        api.post(
            officer,
            "/households",
            {
                "area_code": f"{COUNTY}001990",
                "file_standard": "gd_relative",
                "standing": standing,
                "is_demo": True,
            },
        )
        for _ in range(3)
    ]
    numbers = [home["household_no"] for home in homes]
    number = api.post(
        applicant,
        "/agreements",
        {
            "producer_id": producer,
            "mode": "sales_rebate",
            "title": "海鸭蛋销售返利协议(演示数据)",
            "area_code": COUNTY,
            "is_demo": True,
        },
    )["number"]
    version = {
        "terms": {"rebate_bp": 1_000},
        "from_day": "2020-04-01",
        "share_unit": "户",
        "products": [
            {"product_id": product, "linked_bp": 5_000, "basis": "raw_material", "evidence": "演示数据"}
        ],
        "roster": [{"household_no": one, "parts": 1} for one in numbers],
    }
    api.post(applicant, f"/agreements/{number}/versions", version)
    api.post(applicant, f"/agreements/{number}/versions/1/submission", expected=200)
    approval = {"document_no": "演示数据〔2020〕1号", "opinion": "同意"}
    api.post(
        api.role("county_officer", COUNTY, number=1),
        f"/agreements/{number}/versions/1/approval",
        approval,
        200,
    )
    return numbers


def listed(api, product):
    """A zone in 广州 that sells the product for 98.00 yuan a box."""
    api.on(4, 1)
    operator = api.role("platform_operator")
    channel = api.post(
        operator,
        "/channels",
        {
            "code": "YS-9001",
            "kind": "zone",
            "name": "广州消费扶贫专区(演示数据)",
            "area_code": "440100",
            "opened_on": "2020-01-01",
            "terms": {"host_name": "演示商超"},
        },
    )["id"]
    offer = api.post(operator, "/offers", {"product_id": product, "price_fen": 9_800})["id"]
    listing = api.post(operator, "/listings", {"channel_id": channel, "offer_id": offer})
    api.post(
        operator, "/stock-movements", {"offer_id": offer, "kind": "intake", "quantity": 100, "reason": "备货"}
    )
    assert listing["goods_class"] == "certified_aid"
    return listing["id"]


def bought(api, producer_org, buyer, listing):
    """Ten boxes, paid first, sent, delivered, accepted and evaluated in April; the order's number."""
    clerk = api.role("buyer", owner=buyer)
    api.on(4, 8)
    basket = {
        "buyer_id": buyer,
        "payment_method": "prepaid",
        "lines": [{"listing_id": listing, "quantity": 10, "unit_price_fen": 9_800}],
        "deliver_to": {
            "name": "演示收货人",
            "telephone": "13800138000",
            "address": "演示路1号",
            "area": "440100",
        },
    }
    order = api.post(clerk, "/checkouts", basket)["orders"][0]
    number = order["number"]
    assert order["total_fen"] == 98_000
    missing = api.get(clerk, f"/orders/{number}/attribution")
    assert [step["fact"] for step in missing["lines"][0]["missing"]] == ["delivered", "accepted", "paid"]
    api.on(4, 9)
    transfer = {
        "order_number": number,
        "amount_fen": 98_000,
        "currency": "CNY",
        "reference": "YS-1",
        "payer_name": "演示",
        "paid_at": "2020-04-09T08:00:00+08:00",
    }
    api.post(api.role("finance_clerk"), "/payments", transfer)
    seller = api.role("producer", owner=producer_org)
    api.post(seller, f"/orders/{number}/confirmation", expected=200)
    api.post(seller, f"/orders/{number}/shipment", {"carrier": "演示快递"}, 200)
    api.on(4, 12)
    api.post(seller, f"/orders/{number}/delivery", expected=200)
    api.on(4, 13)
    api.post(clerk, f"/orders/{number}/acceptance", expected=200)
    api.post(clerk, f"/orders/{number}/evaluation", {"stars": 5}, 200)
    return number


def asked_back(api, producer_org, buyer, number):
    """Three of the ten boxes go back in May, after April was closed; the number of the refund that finance is asked for."""
    clerk, seller = api.role("buyer", owner=buyer), api.role("producer", owner=producer_org)
    api.on(5, 6)
    back = {"lines": [{"line_no": 1, "quantity": 3}], "reason": "quality"}
    asked = api.post(clerk, f"/orders/{number}/returns", back)
    assert asked["state"] == "requested"
    api.on(5, 7)
    api.post(seller, f"/returns/{asked['number']}/decision", {"approve": True, "opinion": "同意退货"}, 200)
    api.on(5, 11)
    received = api.post(seller, f"/returns/{asked['number']}/receipt", expected=200)
    assert (received["state"], received["amount_fen"]) == ("goods_received", 29_400), received
    refund = api.get(api.role("finance_clerk"), f"/refunds?order_number={number}")["items"][0]
    assert (refund["state"], refund["amount_fen"]) == ("requested", 29_400), refund
    return refund["number"]
