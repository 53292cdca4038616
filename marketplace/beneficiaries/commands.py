"""`flask import households FILE`, `flask import payments FILE`: registers and payment lists from the machine's disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext

from marketplace.beneficiaries.rules import PAYMENT_KINDS
from marketplace.beneficiaries.service import PaymentFile, import_file, import_register
from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError

SHOWN_ERRORS = 50
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def _told() -> Iterator[None]:
    """Print what is wrong, row by row, and exit with 1."""
    try:
        yield
    except DomainError as refused:
        for problem in refused.fields[:SHOWN_ERRORS]:
            click.echo(f"{problem.pointer}: {problem.message}（{problem.code}）", err=True)
        raise click.ClickException(refused.detail) from refused


@click.command("households")
@with_appcontext
@click.argument("file", type=FILE)
@click.option("--demo", is_flag=True, help="Mark every household as 演示数据.")
def households(file: Path, demo: bool) -> None:
    """Register the households of a CSV or XLSX file, all rows or none."""
    with _told(), transaction() as session:
        numbers = import_register(session, system_actor(), file.read_bytes(), is_demo=demo)
    click.echo(f"登记 {len(numbers)} 户")


@click.command("payments")
@with_appcontext
@click.argument("file", type=FILE)
@click.option("--agreement", required=True, help="Number of the agreement.")
@click.option("--kind", required=True, type=click.Choice(tuple(PAYMENT_KINDS)))
@click.option(
    "--paid-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Shanghai day of the payment."
)
@click.option("--document", required=True, help="What the list is called on paper.")
def payments(file: Path, agreement: str, kind: str, paid_on: datetime, document: str) -> None:
    """Import a payment list, all rows or none; the same list again adds nothing."""
    upload = PaymentFile(file.name, file.read_bytes(), kind, paid_on.date(), document)
    with _told(), transaction() as session:
        row, is_new = import_file(session, system_actor(), agreement, upload)
    verb = "导入" if is_new else "已有"
    click.echo(f"{verb} {row.households} 户, 合计 {row.total_fen} 分")


# What this slice adds to `flask import`.
IMPORTS: Final[tuple[click.Command, ...]] = (households, payments)
