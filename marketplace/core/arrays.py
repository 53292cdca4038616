"""Many values as one parameter, in PostgreSQL's own text of an array.

The driver packs an array value by value, in Python; of thousands that costs more than the statement they are for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy import ARRAY, BindParameter, Date, Text, Uuid, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_ESCAPED: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})
#: How the values of a type stand in the text of an array.
_WRITTEN: Final[dict[type[TypeEngine[Any]], Callable[[Any], str]]] = {
    Uuid: lambda value: value.hex,
    Date: date.isoformat,
    Text: lambda value: f'"{value.translate(_ESCAPED)}"',
}


class Many(TypeDecorator[Any]):
    """An array parameter of any collection of UUIDs, days or texts; texts hold no NUL, as none of the database does."""

    impl = ARRAY
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__(item)
        self.item = item

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """The whole array is written at once, so the driver has a text and PostgreSQL, told its type, an array."""
        written = _WRITTEN[type(self.item)]
        return lambda values: "{" + ",".join(map(written, values)) + "}"


def many_uuids(name: str) -> BindParameter[Any]:
    """The parameter `name`, to be given a collection of UUIDs."""
    return bindparam(name, type_=Many(Uuid()))


def many_texts(name: str) -> BindParameter[Any]:
    """The parameter `name`, to be given a collection of texts."""
    return bindparam(name, type_=Many(Text()))
