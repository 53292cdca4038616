"""The routes of the catalogue, one blueprint; each file has those of one noun."""

from marketplace.catalogue.api import channels, listings, offers, stock
from marketplace.catalogue.api.blueprint import blueprint

__all__ = ["blueprint", "channels", "listings", "offers", "stock"]
