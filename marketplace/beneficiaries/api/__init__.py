"""The routes of beneficiaries, one blueprint; each file has those of one noun."""

from marketplace.beneficiaries.api import agreements, evidence, households, villages
from marketplace.beneficiaries.api.blueprint import blueprint

__all__ = ["agreements", "blueprint", "evidence", "households", "villages"]
