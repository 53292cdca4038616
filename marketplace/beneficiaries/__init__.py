"""Households with their histories, and the linkage agreements that stand behind a product."""
