"""From what a form sends to what the API's schemas load: the same rules for both, none of them here.

A form has texts only. Names with dots are places in a tree (``lines.0.quantity``); a schema's field says what a text means:
yuan for an amount in fen, percent for basis points, a tick for true, a local time for an instant. What cannot be turned stays a
text, and the schema refuses it in its own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, missing
from werkzeug.datastructures import MultiDict

from marketplace.core.http.fields import BasisPoints, Fen, Prose
from marketplace.core.http.strict_json import check_text

_AMOUNT: Final = re.compile(r"(-?)(\d{1,16})(?:\.(\d{1,2}))?", re.ASCII)
_QUANTITY: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,3}))?", re.ASCII)
_TICKS: Final = frozenset({"on", "1", "true"})
_NO_TICKS: Final = frozenset({"", "0", "false"})
_LOCAL_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_MOST_LEVELS: Final = 6
_SHANGHAI: Final = "+08:00"


def tree_of(sent: MultiDict[str, str], leave_out: Iterable[str] = ()) -> dict[str, Any]:
    """Names with dots as nested dictionaries; every leaf is the list of texts sent under its name.

    BadRequest (code ``text``) for a text that no column takes.
    """
    tree: dict[str, Any] = {}
    left_out = frozenset(leave_out)
    for name, texts in sent.lists():
        if name in left_out:
            continue
        check_text(name)
        for text in texts:
            check_text(text)
        *path, last = name.split(".")[:_MOST_LEVELS]
        here = tree
        for step in path:
            inner = here.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            here = inner
        else:
            here[last] = list(texts)
    return tree


def as_json(schema: Schema, tree: dict[str, Any]) -> dict[str, Any]:
    """The tree as the JSON that `schema` loads; names that it does not know stay, and are refused by it."""
    known = {field.data_key or name: field for name, field in schema.load_fields.items()}
    found: dict[str, Any] = {}
    for name, told in tree.items():
        field = known.get(name)
        if field is None:
            found[name] = told
        elif not isinstance(field, Upload):
            value = _value(field, told)
            if value is not _ABSENT:
                found[name] = value
    return found


class _Absent:
    """What is as if it had not been sent."""


_ABSENT: Final = _Absent()


def _value(field: Any, told: Any) -> Any:
    if isinstance(field, fields.Pluck):
        return _scalar(field, told)
    if isinstance(field, fields.Nested):
        return _nested(field, told)
    if isinstance(field, fields.Dict) and isinstance(told, dict):
        return _mapping(field, told)
    if isinstance(field, fields.List):
        if isinstance(told, dict):
            values = [_value(field.inner, told[key]) for key in _in_order(told) if not _is_blank(told[key])]
        else:
            values = [_scalar(field.inner, [text]) for text in told if text != ""]
        return [value for value in values if value is not _ABSENT]  # a line left blank is none
    return _scalar(field, told)


def _mapping(field: fields.Dict, told: dict[str, Any]) -> dict[str, Any]:
    """A value for each key; a figure left blank is none, a blank text is one."""
    inner: Any = field.value_field
    is_text = isinstance(inner, fields.String)
    sent = {key: texts for key, texts in told.items() if is_text or texts != [""]}
    return {
        key: texts[-1] if is_text and texts == [""] else _value(inner, texts) for key, texts in sent.items()
    }


def _is_blank(told: Any) -> bool:
    """Whether nothing was typed into any field of a line."""
    return all(map(_is_blank, told.values())) if isinstance(told, dict) else set(told) <= {""}


def _nested(field: fields.Nested, told: Any) -> Any:
    schema: Any = field.schema
    if not isinstance(told, dict):
        return told
    if field.many or schema.many:
        return [as_json(schema, told[key]) for key in _in_order(told) if isinstance(told[key], dict)]
    return as_json(schema, told)


def _in_order(told: dict[str, Any]) -> list[str]:
    return sorted(told, key=lambda key: (len(key), key))


def _scalar(field: Any, told: Any) -> Any:
    if not isinstance(told, list):
        return told
    text = told[-1]
    if isinstance(field, fields.Boolean):
        return bool(_TICKS & set(told)) if set(told) <= _TICKS | _NO_TICKS else text
    if isinstance(field, Prose):
        return text
    # The schemas of the API trim lines themselves; spaces around a number or a day mean nothing.
    if text.strip() == "":
        return _emptied(field)
    return _figure(field, text)


def _figure(field: Any, text: str) -> Any:
    if is_money(field) or isinstance(field, BasisPoints):
        return _hundredths(text)
    if is_thousandths(field):
        return _thousandths(text)
    if isinstance(field, fields.Integer | fields.Date):
        return unicodedata.normalize("NFKC", text).strip().replace(",", "")
    if isinstance(field, fields.AwareDateTime) and _LOCAL_TIME.fullmatch(text):
        return f"{text}{_SHANGHAI}"
    return text


def _emptied(field: Any) -> Any:
    """An empty field: nothing where that is allowed, the default where there is one, else for the schema to refuse."""
    if field.allow_none:
        return None
    return _ABSENT if field.required or field.load_default is not missing else ""


def is_money(field: Any) -> bool:
    """Whether a field holds fen, which people write as yuan."""
    return isinstance(field, Fen) or (isinstance(field, fields.Integer) and str(field.name).endswith("_fen"))


def is_thousandths(field: Any) -> bool:
    """Whether a field holds thousandths of a unit, which people write as units: 2.5 箱."""
    return isinstance(field, fields.Integer) and "_milli_" in f"{field.name}_"


def _thousandths(text: str) -> Any:
    """2.5 → 2500; what is no such figure stays as it is and is refused by the field."""
    found = _QUANTITY.fullmatch(unicodedata.normalize("NFKC", text).replace(",", "").strip())
    return f"{text}!" if found is None else int(found[1]) * 1_000 + int((found[2] or "").ljust(3, "0"))


def _hundredths(text: str) -> Any:
    """¥1,234.5 → 123450; what is no such figure stays as it is and is refused by the field."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("¥", "").replace("%", "").strip()
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        return text if re.fullmatch(r"-?\d+", plain, re.ASCII) is None else f"{text}!"
    sign, whole, rest = found.groups()
    value = int(whole) * 100 + int((rest or "").ljust(2, "0"))
    return -value if sign else value


def as_text(field: Any, value: Any) -> Any:
    """How a form shows a value that it begins with: the way back of `as_json`; lists stay lists of texts."""
    if value is None:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return [as_text(getattr(field, "inner", None), one) for one in value]
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, int):
        return _written(field, value)
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _written(field: Any, value: int) -> str:
    if is_thousandths(field):
        whole, rest = divmod(value, 1_000)
        return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")
    if not (is_money(field) or isinstance(field, BasisPoints)):
        return str(value)
    sign, (whole, rest) = ("-" if value < 0 else ""), divmod(abs(value), 100)
    shown = f"{sign}{whole}.{rest:02d}"
    return shown.removesuffix(".00") if isinstance(field, BasisPoints) else shown
