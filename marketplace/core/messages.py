"""What people read, in Chinese first and in English for those who ask for it. Pure: no web framework.

The code speaks Chinese: a refusal is raised with a Chinese sentence, a measure has a Chinese title. `translations/` holds what
is not in the code, as TOML that a translator can read:

    zh.toml  [texts]     sentences of libraries that speak English (marshmallow, webargs), in Chinese
    en.toml  [titles]    title of each class of refusal, by its default code or the name of the HTTP status
             [problems]  what a refusal says, by its stable code; ``{names}`` are filled from the refusal's `extra`
             [texts]     Chinese titles, columns and notes that answers carry, in English

A key of [texts] may hold ``{names}`` too: it stands for every sentence of that shape. A sentence that no catalogue knows is
given as it is: names of places, people and goods are never translated.
"""

from __future__ import annotations

import functools
import re
import string
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

Locale = Literal["zh", "en"]
DEFAULT: Final[Locale] = "zh"
_FOLDER: Final = Path(__file__).resolve().parents[1] / "translations"
_SECTIONS: Final = ("titles", "problems", "texts")
# What an HTTP client may send at most; a longer list of languages is not read.
_HEADER_MAX: Final = 200


@functools.cache
def catalogue(locale: Locale) -> Mapping[str, Mapping[str, str]]:
    """All sections of a catalogue, empty where it has none; ValueError for a section that nothing reads."""
    found = tomllib.loads((_FOLDER / f"{locale}.toml").read_text(encoding="utf-8"))
    unknown = sorted(set(found) - set(_SECTIONS))
    if unknown:
        raise ValueError(f"{locale}.toml has sections that nothing reads: {unknown}")
    return {section: found.get(section, {}) for section in _SECTIONS}


def negotiate(accept_language: str) -> Locale:
    """The locale for an Accept-Language header: Chinese unless English is wanted more. Never raises."""
    wanted = parse_accept_header(accept_language[:_HEADER_MAX], LanguageAccept)
    return "en" if wanted.best_match(("zh", "en"), DEFAULT) == "en" else "zh"


def problem_title(code: str, title_zh: str, locale: Locale) -> str:
    """The title of a class of refusals, by its default code (or HTTP status name such as ``method_not_allowed``)."""
    return title_zh if locale == "zh" else catalogue("en")["titles"].get(code, title_zh)


def problem_detail(
    code: str, detail_zh: str, locale: Locale, extra: Mapping[str, Any], *, default_code: str
) -> str:
    """What a refusal says: in Chinese as it was raised, in English by its code, else the title of its class."""
    if locale == "zh":
        return detail_zh
    titles = catalogue("en")["titles"]
    return _by_code(code, extra) or titles.get(code) or titles.get(default_code) or text(detail_zh, locale)


def field_message(code: str, message: str, locale: Locale, extra: Mapping[str, Any]) -> str:
    """What is wrong with one field. Libraries' sentences have no code of their own, so the text is looked up first."""
    found = text(message, locale)
    if locale == "zh" or found != message:
        return found
    return _by_code(code, extra) or message


def _by_code(code: str, extra: Mapping[str, Any]) -> str | None:
    """The English sentence of a code; None where there is none, or where `extra` lacks a name that it wants filled."""
    sentence = catalogue("en")["problems"].get(code)
    if sentence is None or not names_in(sentence) <= set(extra):
        return None
    return sentence.format_map({name: _shown(value) for name, value in extra.items()})


def title(title_zh: str, locale: Locale) -> str:
    """A title, column or note that an answer carries; itself where it is a name, which is never translated."""
    return title_zh if locale == "zh" else text(title_zh, locale)


def text(sentence: str, locale: Locale) -> str:
    """A sentence about a field, the code's or a library's, in the locale; itself where the catalogue does not know it."""
    texts = catalogue(locale)["texts"]
    exact = texts.get(sentence)
    if exact is not None:
        return exact
    for shape, template in _shapes(locale):
        found = shape.fullmatch(sentence)
        if found is not None:
            return template.format_map(found.groupdict())
    return sentence


def names_in(template: str) -> frozenset[str]:
    """The ``{names}`` that a sentence of a catalogue wants filled."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


@functools.cache
def _shapes(locale: Locale) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Keys of [texts] with ``{names}``, as patterns that find what stands in their place; the longest first."""
    templates = [(key, value) for key, value in catalogue(locale)["texts"].items() if names_in(key)]
    templates.sort(key=lambda item: (-len(item[0]), item[0]))
    return tuple((_shape(key), value) for key, value in templates)


def _shape(template: str) -> re.Pattern[str]:
    parts = [
        re.escape(literal) + (f"(?P<{name}>.+?)" if name else "")
        for literal, name, _, _ in string.Formatter().parse(template)
    ]
    return re.compile("".join(parts), re.DOTALL)


def _shown(value: Any) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
