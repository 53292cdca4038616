"""Every row of a list against the dossiers: what is new, what is known already, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.sheets.problems import RowError
from marketplace.core.sheets.table import Table, TableRow
from marketplace.producers.models import Producer, Product
from marketplace.producers.rules import FIELD_NAMES, ProductDraft, examine, one_line
from marketplace.producers.service.imports.columns import TITLES, draft_of

Key = tuple[UUID, str, str]
COMPARED: Final = tuple(name for name in FIELD_NAMES if name not in {"published", "name", "spec"})


@dataclass(frozen=True)
class Plan:
    """What an import would do: rows to add with their producers, how many are known already, all errors by row."""

    rows_read: int
    new: tuple[tuple[Producer, ProductDraft], ...]
    rows_known: int
    errors: tuple[RowError, ...]


def plan_of(session: Session, actor: Actor, table: Table) -> Plan:
    """Check a whole list in two statements, however long it is.

    A producer that is not there and one outside the actor's reach give the same error. A product that is there with other
    details is an error too: an import adds, it never changes. A list that says no description contradicts none.
    """
    producers = _producers(session, actor, table.rows)
    errors = list(table.errors)
    found: list[tuple[TableRow, Producer, ProductDraft]] = []
    for row in table.rows:
        producer = producers.get(str(row.values["uscc"]))
        problems = list(_producer_problems(row, producer))
        draft, wrong = examine(draft_of(row))
        problems += [_error(row, problem.pointer[1:], problem.code, problem.message) for problem in wrong]
        errors += problems
        if producer is not None and not problems:
            found.append((row, producer, draft))
    known = _known(session, {producer.id for _, producer, _ in found})
    new, rows_known = _sort_out(found, known, errors)
    rows_read = len(table.rows) + len(table.bad_rows)
    return Plan(rows_read, tuple(new), rows_known, tuple(sorted(errors, key=lambda error: error.row)))


def _sort_out(
    found: Sequence[tuple[TableRow, Producer, ProductDraft]],
    known: dict[Key, dict[str, Any]],
    errors: list[RowError],
) -> tuple[list[tuple[Producer, ProductDraft]], int]:
    new: list[tuple[Producer, ProductDraft]] = []
    first_rows: dict[Key, int] = {}
    rows_known = 0
    for row, producer, draft in found:
        key = (producer.id, draft.name, draft.spec)
        if key in first_rows:
            errors.append(_error(row, "name", "repeated_row", f"与第 {first_rows[key]} 行是同一产品"))
            continue
        first_rows[key] = row.number
        if key not in known:
            new.append((producer, draft))
            continue
        told = {name: _comparable(getattr(draft, name)) for name in COMPARED}
        if told["description"] is None:
            del told["description"]
        other = [name for name, value in told.items() if known[key][name] != value]
        if other:
            columns = "、".join(TITLES[name] for name in other)
            errors.append(
                _error(
                    row, other[0], "differs_from_known", f"已有该产品，但{columns}不同；导入不修改已有产品"
                )
            )
        else:
            rows_known += 1
    return new, rows_known


def _producers(session: Session, actor: Actor, rows: Sequence[TableRow]) -> dict[str, Producer]:
    """Producers of the list's credit codes that the actor may import for."""
    codes = {str(row.values["uscc"]) for row in rows}
    if not codes:
        return {}
    found = session.scalars(select(Producer).where(Producer.uscc.in_(codes)))
    return {
        str(producer.uscc): producer
        for producer in found
        if actor.may_on("producers.import", area=producer.production_area, owners=(producer.organisation_id,))
    }


def _producer_problems(row: TableRow, producer: Producer | None) -> Sequence[RowError]:
    if producer is None:
        return [_error(row, "uscc", "unknown_producer", "没有该带贫主体，或不在您的权限范围内")]
    told = row.values["producer_name"]
    if isinstance(told, str) and one_line(told) != one_line(producer.name):
        return [_error(row, "producer_name", "producer_name_differs", "主体名称与统一社会信用代码登记的不同")]
    return []


def _known(session: Session, producer_ids: set[UUID]) -> dict[Key, dict[str, Any]]:
    """Products that these producers have, by natural key."""
    if not producer_ids:
        return {}
    columns = [getattr(Product, name) for name in COMPARED]
    rows = session.execute(
        select(Product.producer_id, Product.name, Product.spec, *columns).where(
            Product.producer_id.in_(producer_ids)
        )
    )
    return {(row[0], row[1], row[2]): dict(zip(COMPARED, row[3:], strict=True)) for row in rows}


def _comparable(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _error(row: TableRow, key: str, code: str, message_zh: str) -> RowError:
    return RowError(row.number, TITLES.get(key, key), code, message_zh)
