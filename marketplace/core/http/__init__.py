"""The HTTP edge: one decorator per route, one shape of error, strict input, cursor paging.

    @blueprint.route("/orders/<number>/shipment", methods=["POST"])
    @endpoint(needs("order.ship"), idempotent=True)
    @blueprint.arguments(ShipmentIn)
    @blueprint.response(200, OrderOut)
    def ship(session, actor, body, number): ...

`endpoint` opens the transaction, finds out who asks, refuses who may not, answers a repeated Idempotency-Key, and commits.
"""

from marketplace.core.http.api import ApiBlueprint, MarketplaceApi
from marketplace.core.http.attachments import file_response
from marketplace.core.http.concurrency import require_version, set_version
from marketplace.core.http.endpoint import endpoint, needs, public, signed_in
from marketplace.core.http.locale import localised
from marketplace.core.http.paging import Page, PageArgs, filters_of, page_of, page_schema

__all__ = [
    "ApiBlueprint",
    "MarketplaceApi",
    "Page",
    "PageArgs",
    "endpoint",
    "file_response",
    "filters_of",
    "localised",
    "needs",
    "page_of",
    "page_schema",
    "public",
    "require_version",
    "set_version",
    "signed_in",
]
