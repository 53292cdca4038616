"""What can be exported: the shapes of a kind, and those that the composition root named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.errors import Invalid
from marketplace.core.sheets.export import Value

Rows = Iterable[Sequence[Value]]
Parameters = Mapping[str, str]


@dataclass(frozen=True)
class ExportKind:
    """Rows that may name persons: `permission` must reach the area, `rows` reads as the actor within the area.

    `after` gives what stands behind the table (totals, notes). A kind that is one of many (of a producer, of a month) names its
    `parameters`; `of` checks them as the actor and gives the kind with its title, whenever it is asked for and when it is made.
    """

    code: str
    title_zh: str
    permission: str
    headings: tuple[str, ...]
    rows: Callable[[Session, Actor, str], Rows]
    after: Callable[[Session, Actor, str], Rows] | None = None
    parameters: tuple[str, ...] = ()
    of: Callable[[Session, Actor, str, Parameters], ExportKind] | None = None
    formats: ClassVar[tuple[str, ...]] = ("xlsx",)


class Progress(Protocol):
    """Tells how far a run has come; as often as it likes, it is written down at most once a second."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """`done` rows of `total`, where that is known."""


@dataclass(frozen=True)
class Order:
    """What an open export is made of: as whom, of which area, with which parameters, in which format."""

    actor: Actor
    area: str
    parameters: Parameters
    file_format: str


@dataclass(frozen=True)
class OpenKind:
    """Figures that name no person. `permission` must reach the area.

    `check` refuses parameters that cannot be answered and gives the file's title. `write` writes the file as the order's actor,
    in transactions of its own and in bounded memory, and gives the number of rows; what it needs beside the file it puts into the
    file's folder, which goes with it.
    """

    code: str
    title_zh: str
    permission: str
    formats: tuple[str, ...]
    check: Callable[[Session, Order], str]
    write: Callable[[Order, Path, Progress], int]


Kind = ExportKind | OpenKind
_kinds: dict[str, Kind] = {}


def compose(kinds: Sequence[Kind]) -> None:
    """Replace the kinds. Called once by the composition root."""
    _kinds.clear()
    _kinds.update({kind.code: kind for kind in kinds})


def kinds() -> tuple[Kind, ...]:
    """The kinds, in the order of the composition root."""
    return tuple(_kinds.values())


def kind_of(code: str) -> Kind:
    """The kind of that code; Invalid `export_kind`."""
    found = _kinds.get(code)
    if found is None:
        raise Invalid("export_kind", "没有这种导出", pointer="/kind")
    return found


def narrowed(session: Session, actor: Actor, kind: ExportKind, area: str, given: Parameters) -> ExportKind:
    """The kind with its parameters; Invalid `export_parameters` unless they are the ones it names, and what it refuses itself."""
    if set(given) != set(kind.parameters):
        raise Invalid(
            "export_parameters", "该导出的参数不符", pointer="/parameters", known=list(kind.parameters)
        )
    return kind if kind.of is None else kind.of(session, actor, area, given)
