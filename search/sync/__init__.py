"""Keeping the index in step with the rows: changes are noted with them, then compared and repaired."""
