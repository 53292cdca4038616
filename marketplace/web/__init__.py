"""Buyers', producers' and public pages."""
