"""The routes of buying, one blueprint; each file has those of one noun."""

from marketplace.orders.buying.api import addresses, cart, gifts, inquiries, plans, requests, rules
from marketplace.orders.buying.api.blueprint import blueprint

__all__ = ["addresses", "blueprint", "cart", "gifts", "inquiries", "plans", "requests", "rules"]
