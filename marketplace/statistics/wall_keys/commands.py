"""`flask statistics wall-keys …`: keys for screens that nobody attends."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup

from marketplace.core.actor import system_actor
from marketplace.core.clock import SHANGHAI
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError
from marketplace.statistics.wall_keys import service

wall_key_commands = AppGroup("wall-keys", help="Keys of wall screens: each opens the wall of one area.")


@wall_key_commands.command("make")
@click.argument("name")
@click.option("--area", required=True, help="Area code of the wall, e.g. 441400.")
@click.option(
    "--days", default=180, show_default=True, help=f"How long it is valid, at most {service.DAYS_MAX}."
)
def make(name: str, area: str, days: int) -> None:
    """Make a key for the screen NAME and print it, once. It is typed at /wall/key on the screen."""
    try:
        with transaction() as session:
            key, secret = service.make(session, system_actor(), name, area, days)
            until = key.expires_at.astimezone(SHANGHAI)
    except DomainError as refusal:
        raise click.ClickException(refusal.detail) from refusal
    click.echo(f"{secret}  {area}  until {until:%Y-%m-%d}")


@wall_key_commands.command("list")
def show() -> None:
    """List the keys: id, area, screen, last day, last day on which it asked, whether it was revoked."""
    with transaction() as session:
        for key in service.keys(session):
            until = key.expires_at.astimezone(SHANGHAI)
            state = "revoked" if key.revoked_at else f"until {until:%Y-%m-%d}"
            click.echo(f"{key.id}  {key.area_code}  {state}  seen {key.seen_on or 'never'}  {key.name}")


@wall_key_commands.command("revoke")
@click.argument("key_id", type=click.UUID)
def revoke(key_id: uuid.UUID) -> None:
    """End a key; its screen asks for another at its next refresh."""
    try:
        with transaction() as session:
            service.revoke(session, system_actor(), key_id)
    except DomainError as refusal:
        raise click.ClickException(refusal.detail) from refusal
    click.echo("revoked")
