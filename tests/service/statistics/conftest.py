"""The county of `tests.support.county`, and lines that count in it."""

from tests.support.wired import books, wired, world

__all__ = ["books", "wired", "world"]
