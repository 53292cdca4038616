"""Answering a search: read the query, ask the engine, show what PostgreSQL says of the hits now."""

from search.service.ask import Asked, Found, search
from search.service.suggest import suggest

__all__ = ["Asked", "Found", "search", "suggest"]
