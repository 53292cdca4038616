"""Stripe, and the only module that imports its client: direct charges on the producer's own connected account, in CNY.

Nothing is charged on the platform's account and no fee of ours is taken; Stripe's own is read with payments and refunds. Each
call has a deadline and few retries, all with the one key that the caller wrote down before; how it ends is one of the three
ways of `protocol`. Off until a key is configured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, TypeVar

import stripe

from marketplace.core.errors import BadRequest, DomainError
from marketplace.core.http import strict_json
from marketplace.core.settings import Settings
from marketplace.payments.gateways.protocol import (
    Ask,
    Event,
    GatewayRefused,
    GatewayUnknown,
    GivenBack,
    Intent,
    Page,
)
from marketplace.payments.gateways.stripe_shapes import (
    ATTEMPT_KEY,
    REFUND_KEY,
    event_of,
    intent_of,
    page_of,
    refund_of,
)
from marketplace.payments.rules.signatures import check_signature

_Read = TypeVar("_Read")
_PAGE: Final = 100
#: What an answer shall have and not only name: the movements in the producer's account, which tell Stripe's fee.
_FEE: Final[Any] = {"expand": ["latest_charge.balance_transaction"]}
_FEES: Final[Any] = {"expand": ["data.latest_charge.balance_transaction"]}
_FEES_BACK: Final[Any] = {"expand": ["data.balance_transaction", "data.failure_balance_transaction"]}
_SERVER_FAILED: Final = 500
#: Answers that say plainly that nothing was done and nothing will be.
_REFUSALS: Final = (stripe.CardError, stripe.InvalidRequestError, stripe.PermissionError)


class Stripe:
    """The gateway over one secret key. `settings.stripe_secret_key` must not be empty."""

    code = "stripe"
    title = "线上支付"
    serves = ("prepaid", "after_delivery")

    def __init__(self, settings: Settings) -> None:
        self._secrets = [one for one in settings.stripe_webhook_secrets.split(",") if one]
        self.is_live = "_live_" in settings.stripe_secret_key
        base: Any = {"api": settings.stripe_api_base} if settings.stripe_api_base else None
        self._client = stripe.StripeClient(
            settings.stripe_secret_key,
            base_addresses=base,
            max_network_retries=settings.stripe_retries,
            http_client=stripe.RequestsClient(timeout=settings.stripe_timeout_ms / 1000),
        )

    def create_intent(self, ask: Ask) -> Intent:
        """See `OnlineGateway`."""
        params: Any = {
            "amount": ask.amount_fen,
            "currency": "cny",
            "payment_method_types": [ask.method],
            "capture_method": _capture(ask),
            "description": ask.order_number,
            "metadata": {ATTEMPT_KEY: ask.attempt},
        }
        if ask.method == "wechat_pay":
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        return self._ask(
            intent_of, lambda: self._client.v1.payment_intents.create(params, _options(ask.account, ask.key))
        )

    def create_page(self, ask: Ask) -> Page:
        """See `OnlineGateway`."""
        params: Any = {
            "mode": "payment",
            "payment_method_types": [ask.method],
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "cny",
                        "unit_amount": ask.amount_fen,
                        "product_data": {"name": ask.order_number},
                    },
                }
            ],
            "payment_intent_data": {
                "capture_method": _capture(ask),
                "description": ask.order_number,
                "metadata": {ATTEMPT_KEY: ask.attempt},
            },
            "metadata": {ATTEMPT_KEY: ask.attempt},
            "success_url": ask.return_url,
            "cancel_url": ask.return_url,
        }
        if ask.method == "wechat_pay":
            params["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        return self._ask(
            page_of, lambda: self._client.v1.checkout.sessions.create(params, _options(ask.account, ask.key))
        )

    def read_intent(self, account: str, intent_id: str) -> Intent:
        """See `OnlineGateway`."""
        return self._ask(
            intent_of, lambda: self._client.v1.payment_intents.retrieve(intent_id, _FEE, _options(account))
        )

    def read_page(self, account: str, page_id: str) -> Page:
        """See `OnlineGateway`."""
        return self._ask(
            page_of, lambda: self._client.v1.checkout.sessions.retrieve(page_id, {}, _options(account))
        )

    def capture(self, account: str, intent_id: str, key: str) -> Intent:
        """See `OnlineGateway`."""
        return self._ask(
            intent_of,
            lambda: self._client.v1.payment_intents.capture(intent_id, _FEE, _options(account, key)),
        )

    def cancel(self, account: str, intent_id: str, key: str) -> Intent:
        """See `OnlineGateway`."""
        return self._ask(
            intent_of, lambda: self._client.v1.payment_intents.cancel(intent_id, {}, _options(account, key))
        )

    def expire(self, account: str, page_id: str, key: str) -> Page:
        """See `OnlineGateway`."""
        return self._ask(
            page_of, lambda: self._client.v1.checkout.sessions.expire(page_id, {}, _options(account, key))
        )

    def refund(self, account: str, intent_id: str, amount_fen: int, *, refund: str, key: str) -> GivenBack:
        """See `OnlineGateway`."""
        params: Any = {
            "payment_intent": intent_id,
            "amount": amount_fen,
            "metadata": {REFUND_KEY: refund},
        }
        return self._ask(refund_of, lambda: self._client.v1.refunds.create(params, _options(account, key)))

    def intents(self, account: str, since: datetime) -> Iterator[Intent]:
        """See `OnlineGateway`."""
        return self._all(intent_of, self._client.v1.payment_intents.list, account, _since(since) | _FEES)

    def pages(self, account: str, since: datetime) -> Iterator[Page]:
        """See `OnlineGateway`."""
        return self._all(page_of, self._client.v1.checkout.sessions.list, account, _since(since))

    def refunds(self, account: str, since: datetime) -> Iterator[GivenBack]:
        """See `OnlineGateway`."""
        return self._all(refund_of, self._client.v1.refunds.list, account, _since(since) | _FEES_BACK)

    def refunds_of(self, account: str, intent_id: str) -> Iterator[GivenBack]:
        """See `OnlineGateway`."""
        return self._all(
            refund_of, self._client.v1.refunds.list, account, {"payment_intent": intent_id} | _FEES_BACK
        )

    def read_event(self, raw: bytes, signature: str, now: datetime) -> Event:
        """See `OnlineGateway`."""
        check_signature(raw, signature, self._secrets, now)
        try:
            return event_of(strict_json.loads(raw))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BadRequest("event_unreadable", "无法识别的通知内容") from error

    def _all(
        self, read: Callable[[Any], _Read], ask: Callable[..., Any], account: str, params: dict[str, Any]
    ) -> Iterator[_Read]:
        """Every object of a list, page by page."""
        after: dict[str, str] = {}
        while True:
            asked = params | after | {"limit": _PAGE}
            page = self._ask(lambda body: body, lambda: ask(asked, _options(account)))  # noqa: B023
            yield from (self._ask(read, lambda: one) for one in page["data"])  # noqa: B023
            if not page.get("has_more"):
                return
            after = {"starting_after": page["data"][-1]["id"]}

    def _ask(self, read: Callable[[Any], _Read], call: Callable[[], Any]) -> _Read:
        """Make one call and say how it ended."""
        try:
            answer = call()
            return read(answer if isinstance(answer, dict) else answer.to_dict())
        except _REFUSALS as error:
            raise GatewayRefused(_word(error)) from error
        except stripe.StripeError as error:
            replayed = (error.headers or {}).get("Idempotent-Replayed") == "true"
            is_final = replayed and (error.http_status or 0) >= _SERVER_FAILED
            raise GatewayUnknown(_word(error), is_replay=is_final) from error
        except DomainError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise GatewayUnknown("unreadable_answer") from error


def _capture(ask: Ask) -> str:
    return "manual" if ask.is_held else "automatic"


def _options(account: str, key: str | None = None) -> Any:
    options = {"stripe_account": account}
    return options if key is None else options | {"idempotency_key": key}


def _since(instant: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(instant.timestamp())}}


def _word(error: stripe.StripeError) -> str:
    """Stripe's code, or the kind of error: what is kept on a row, never the text."""
    return str(error.code or type(error).__name__)[:80]
