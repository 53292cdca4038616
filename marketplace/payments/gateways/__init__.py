"""Ways in which money arrives, one file each; the tuple GATEWAYS is the only list of them.

An online gateway works when the process was given one (`install`), which it is only where it is configured.
"""

from typing import Final

from marketplace.core.settings import Settings
from marketplace.payments.gateways.bank_transfer import BANK_TRANSFER
from marketplace.payments.gateways.protocol import Gateway, OnlineGateway
from marketplace.payments.gateways.stripe import Stripe

#: Every gateway; a test matches what they serve with the methods that there are.
GATEWAYS: Final[tuple[Gateway | type[Stripe], ...]] = (BANK_TRANSFER, Stripe)

_online: list[OnlineGateway] = []
_return_url: list[str] = [""]


def install(settings: Settings) -> None:
    """Give the process its online gateway, or none where no key is configured."""
    use(Stripe(settings) if settings.stripe_secret_key else None, settings.stripe_return_url)


def use(gateway: OnlineGateway | None, return_url: str = "") -> None:
    """Make `gateway` the online one of this process; buyers come back from its own page to `return_url`."""
    _online[:] = [] if gateway is None else [gateway]
    _return_url[:] = [return_url]


def online() -> OnlineGateway | None:
    """The online gateway; None where online payment is off."""
    return _online[0] if _online else None


def return_url() -> str:
    """Where the gateway's own page sends buyers back to."""
    return _return_url[0]


__all__ = [
    "BANK_TRANSFER",
    "GATEWAYS",
    "Gateway",
    "OnlineGateway",
    "Stripe",
    "install",
    "online",
    "return_url",
    "use",
]
