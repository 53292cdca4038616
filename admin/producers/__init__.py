"""带贫主体 for officials: the list, one dossier with products, certificates and agreements, keeping it up to date."""

from admin.producers.editing import pages as editing
from admin.producers.listing import pages as listing
from admin.producers.one import pages as one

__all__ = ["editing", "listing", "one"]
