"""An error has one type, one status and one place: the tree in `core.errors`, as its docstring draws it."""

import importlib
import pkgutil
import re
from collections import Counter
from http import HTTPStatus

import admin
import marketplace
import search
from marketplace.core import errors
from marketplace.core.errors import DomainError


def load_everything() -> None:
    for package in (marketplace, search, admin):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)


def below(root: type[DomainError]) -> list[type[DomainError]]:
    found = []
    for child in root.__subclasses__():
        found += [child, *below(child)]
    return found


def test_every_error_of_the_code_stands_in_the_one_tree_with_its_status() -> None:
    load_everything()
    drawn = {
        name: int(status)
        for name, status in re.findall(
            r"^[\s│├└─]*([A-Z]\w+)\s+(\d{3})\b", errors.__doc__ or "", re.MULTILINE
        )
    }
    actual = {error.__name__: error.status for error in [DomainError, *below(DomainError)]}
    assert actual == drawn


def test_every_error_has_a_client_status_but_the_one_that_says_come_back() -> None:
    load_everything()
    wrong = [
        error.__name__
        for error in below(DomainError)
        if not (400 <= error.status < 500 or error.status == HTTPStatus.SERVICE_UNAVAILABLE)
    ]
    assert wrong == []


def test_default_codes_tell_errors_apart() -> None:
    load_everything()
    codes = Counter(error.default_code for error in below(DomainError))
    # InvalidMany is Invalid with several fields; a client treats both alike.
    assert {code: count for code, count in codes.items() if count > 1} == {"invalid": 2}
