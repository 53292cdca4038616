"""Tables of buying, in the schema of orders."""

from marketplace.orders.buying.models.cart import CartLine, Favourite
from marketplace.orders.buying.models.places import DeliveryAddress

__all__ = ["CartLine", "DeliveryAddress", "Favourite"]
