"""`flask import products FILE`: a product list from the machine's disk."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.core.actor import system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.producers.service import imports

import_commands = AppGroup("import", help="Bring published or office data in.")
SHOWN_ERRORS = 50


@import_commands.command("products")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row, add nothing.")
@click.option("--good-rows", is_flag=True, help="Add the good rows although others are bad.")
@click.option(
    "--bad-out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the bad rows with their reasons to this CSV or XLSX file.",
)
def products(file: Path, dry_run: bool, good_rows: bool, bad_out: Path | None) -> None:
    """Import products from a CSV or XLSX file: all rows or, with --good-rows, the good ones. Exit code 1 when rows are bad."""
    try:
        table = imports.read(file.read_bytes())
    except DomainError as refused:
        raise click.ClickException(refused.detail) from refused
    options = imports.ImportOptions(dry_run=dry_run, good_rows_only=good_rows)
    with transaction() as session:
        done = imports.run(session, system_actor(), table, options)
    errors = imports.errors_of(done)
    for error in errors[:SHOWN_ERRORS]:
        click.echo(f"第 {error.row} 行 {error.column}：{error.message_zh}（{error.code}）", err=True)
    if len(errors) > SHOWN_ERRORS:
        click.echo(f"… 共 {len(errors)} 处错误", err=True)
    if bad_out is not None and errors:
        is_xlsx = bad_out.suffix.lower() == ".xlsx"
        bad_out.write_bytes(imports.bad_rows_file(table, errors, as_xlsx=is_xlsx))
    click.echo(
        f"{done.state}: 读取 {done.rows_read} 行，新增 {done.rows_added}，已有 {done.rows_known}，"
        f"错误行 {len({error.row for error in errors})}"
    )
    if errors:
        raise SystemExit(1)
