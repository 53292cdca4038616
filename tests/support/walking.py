"""Somebody on a page of the browser: presses, follows, fills in, and finds each page sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.support.pages import axe, is_wider_than_the_window

#: A desk and a phone, with scripts and without.
WAYS = [("desk", True), ("desk", False), ("phone", True), ("phone", False)]


@dataclass
class Walk:
    """A page and whether it runs scripts; axe needs them, and what it reads is the same page without."""

    page: Any
    has_scripts: bool

    def press(self, title: str) -> None:
        """Press the first button of that title in the main part, and be on the page that it leads to."""
        self.page.locator("main").get_by_role("button", name=title, exact=True).first.click()
        self.arrived()

    def follow(self, title: str) -> None:
        """Follow the first link of that title in the main part."""
        self.page.locator("main").get_by_role("link", name=title, exact=True).first.click()
        self.arrived()

    def open(self, path: str) -> None:
        """Go to an address."""
        self.page.goto(path)
        self.arrived()

    def arrived(self) -> None:
        """The page is there, no wider than the window and without a serious fault."""
        self.page.wait_for_load_state()
        assert not is_wider_than_the_window(self.page), self.page.url
        if self.has_scripts:
            assert axe(self.page) == [], self.page.url

    def choose(self, title: str) -> None:
        """Take the choice of that title."""
        self.page.get_by_role("radio", name=title).first.check()

    def fill(self, **typed: str) -> None:
        """Type into the fields of those names (``__`` for the dot), the first of each in the main part."""
        for name, text in typed.items():
            self.page.locator(f'main [name="{name.replace("__", ".")}"]:visible').first.fill(text)

    @property
    def words(self) -> str:
        """The words of the main part."""
        return " ".join((self.page.text_content("main") or "").split())
