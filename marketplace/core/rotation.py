"""Bringing stored cells and restricted files under the newest key, a small batch a transaction, from wherever it stopped.

A cell is chosen by the key version in front of its token, so nothing has to be remembered between runs and a killed run loses
nothing. Every column whose name ends in ``_enc`` holds cells, sealed with its table, its own name and the row's id; so a new
slice is rotated without being named here. A key may be destroyed when `cells_left` and `files_left` are 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, func, select, update
from sqlalchemy.orm import Session

from marketplace.core import files
from marketplace.core.db import Base, transaction
from marketplace.core.models import StoredFile
from marketplace.core.privacy import VERSION_BYTES, Cell, vault

BATCH: Final = 500
SUFFIX: Final = "_enc"


def encrypted_columns() -> list[Column[bytes]]:
    """All columns that hold cells, in order of schema, table and name."""
    found = [
        column
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(SUFFIX)
    ]
    return sorted(found, key=lambda column: (column.table.fullname, column.name))


def cells_left(session: Session) -> dict[str, int]:
    """How many cells of each column (``schema.table.column``) still need an older key; columns with none are left out."""
    counts = {
        f"{column.table.fullname}.{column.name}": session.scalar(
            select(func.count()).select_from(column.table).where(_outdated(column))
        )
        for column in encrypted_columns()
    }
    return {name: count for name, count in counts.items() if count}


def rotate_cells(batch: int = BATCH) -> int:
    """Re-encrypt every cell that an older key sealed and return how many. Opens a transaction per batch.

    Raises PrivacyError for a cell that cannot be read: it must be looked at, not skipped.
    """
    total = 0
    for column in encrypted_columns():
        done = batch
        while done:
            with transaction() as session:
                done = rotate_batch(session, column, batch)
            total += done
    return total


def rotate_batch(session: Session, column: Column[bytes], limit: int = BATCH) -> int:
    """Re-encrypt up to `limit` cells of a column and return how many; 0 when none is left."""
    table = column.table
    key = _key(table)
    rows = session.execute(
        select(key, column).where(_outdated(column)).order_by(key).limit(limit).with_for_update()
    ).all()
    for row_key, token in rows:
        cell = Cell(table.fullname, column.name, row_key)
        session.execute(
            update(table).where(key == row_key).values({column.name: vault().rotate(cell, bytes(token))})
        )
    return len(rows)


def files_left(session: Session) -> int:
    """How many restricted files still need an older key."""
    return sum(files.is_outdated(row) for row in _restricted(session))


def rotate_files() -> int:
    """Seal every restricted file anew that an older key sealed and return how many; each is replaced as a whole."""
    with transaction() as session:
        return sum(files.reseal(row) for row in _restricted(session))


def _restricted(session: Session) -> Iterator[StoredFile]:
    return iter(
        session.scalars(
            select(StoredFile).where(StoredFile.file_class == "restricted").order_by(StoredFile.id)
        )
    )


def _outdated(column: Column[bytes]) -> ColumnElement[bool]:
    newest = vault().current_version.to_bytes(VERSION_BYTES, "big")
    return column.is_not(None) & (func.substring(column, 1, VERSION_BYTES) != newest)


def _key(table: Table) -> Column[UUID]:
    (key,) = table.primary_key.columns
    return key
