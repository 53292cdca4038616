"""Wire shapes of the catalogue; each file has those of one noun."""

from marketplace.catalogue.schemas.channels import (
    ChannelArgs,
    ChannelChangeIn,
    ChannelIn,
    ChannelKindOut,
    ChannelKindsOut,
    ChannelOut,
    ChannelTermsOut,
    ClosureIn,
)
from marketplace.catalogue.schemas.listings import (
    BrowseArgs,
    ListingDetailOut,
    ListingIn,
    ListingOut,
    ListingPage,
    PriceChangeOut,
    PriceHistoryOut,
    PriceIn,
    StateIn,
)
from marketplace.catalogue.schemas.offers import OfferArgs, OfferChangeIn, OfferIn, OfferOut
from marketplace.catalogue.schemas.stock import MovementIn, StockArgs, StockListOut, StockOut

__all__ = [
    "BrowseArgs",
    "ChannelArgs",
    "ChannelChangeIn",
    "ChannelIn",
    "ChannelKindOut",
    "ChannelKindsOut",
    "ChannelOut",
    "ChannelTermsOut",
    "ClosureIn",
    "ListingDetailOut",
    "ListingIn",
    "ListingOut",
    "ListingPage",
    "MovementIn",
    "OfferArgs",
    "OfferChangeIn",
    "OfferIn",
    "OfferOut",
    "PriceChangeOut",
    "PriceHistoryOut",
    "PriceIn",
    "StateIn",
    "StockArgs",
    "StockListOut",
    "StockOut",
]
