"""`flask accounts …`: what an operator does at the machine, before anybody can sign in and when nobody can any more."""

from __future__ import annotations

import uuid

import click
from flask.cli import AppGroup
from sqlalchemy import select

from marketplace.accounts import permissions
from marketplace.accounts.models import Account
from marketplace.accounts.service import access_keys, grants, identity, people, rate_limits, reminders
from marketplace.core.actor import WHOLE_COUNTRY, system_actor
from marketplace.core.db import transaction
from marketplace.core.errors import DomainError

accounts_commands = AppGroup("accounts", help="Accounts, roles, tokens.")


@accounts_commands.command("create")
@click.argument("login")
@click.option("--name", required=True, help="Job name of the person, e.g. 梅县区经办员.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    help="Role to grant; may be repeated. `flask accounts roles` lists them.",
)
@click.option("--area", default=WHOLE_COUNTRY, show_default=True, help="Area of the roles.")
@click.option("--organisation", type=click.UUID, default=None, help="Organisation of owner roles.")
def create(login: str, name: str, roles: tuple[str, ...], area: str, organisation: uuid.UUID | None) -> None:
    """Create a person with an account and print its password, once."""
    actor = system_actor()
    try:
        with transaction() as session:
            person = people.add_person(session, actor, name)
            opened = people.open_account(session, actor, person.id, login, organisation_id=organisation)
            for role in roles:
                is_owner = permissions.is_role(role) and permissions.role(role).kind == "owner"
                grants.grant(
                    session, actor, opened.account.id, role, area, organisation if is_owner else None
                )
    except DomainError as refusal:
        raise click.ClickException(refusal.detail) from refusal
    click.echo(f"{opened.account.login} {opened.password}")


@accounts_commands.command("reset-password")
@click.argument("login")
def reset_password(login: str) -> None:
    """Replace the password of an account by a random one and print it, once."""
    with transaction() as session:
        account = _account(
            session.scalars(select(Account).where(Account.login == login)).one_or_none(), login
        )
        opened = people.reset_password(session, system_actor(), account.id)
    click.echo(f"{opened.account.login} {opened.password}")


@accounts_commands.command("token")
@click.argument("login")
@click.option("--label", default="command line", show_default=True)
@click.option("--days", default=30, show_default=True)
def token(login: str, label: str, days: int) -> None:
    """Make an API token for an account and print it, once."""
    try:
        with transaction() as session:
            actor = identity.actor_of_account(session, login)
            if actor is None:
                raise click.ClickException(f"no active account {login}")
            made = access_keys.make(session, actor, label, days)
    except DomainError as refusal:
        raise click.ClickException(refusal.detail) from refusal
    click.echo(made.secret)


@accounts_commands.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Disable an account; its sessions and tokens end."""
    try:
        with transaction() as session:
            account = _account(
                session.scalars(select(Account).where(Account.login == login)).one_or_none(), login
            )
            people.disable(session, system_actor(), account.id)
    except DomainError as refusal:
        raise click.ClickException(refusal.detail) from refusal
    click.echo(f"{login} disabled")


@accounts_commands.command("roles")
def roles() -> None:
    """List the roles with their titles and kinds."""
    for role in permissions.ROLES:
        click.echo(f"{role.code:<20} {role.kind:<6} {role.title_zh}")


@accounts_commands.command("tidy")
def tidy() -> None:
    """Delete rate counts of earlier days."""
    with transaction() as session:
        deleted = rate_limits.tidy(session)
    click.echo(f"{deleted} rate counts deleted")


@accounts_commands.command("remind-filings")
@click.argument("year", type=int)
def remind_filings(year: int) -> None:
    """Tell units that have not filed their reserved share for YEAR when the deadline is near. May run every day."""
    with transaction() as session:
        reminded = reminders.remind_filings(session, year)
    click.echo(f"{reminded} units reminded")


def _account(account: Account | None, login: str) -> Account:
    if account is None:
        raise click.ClickException(f"no account {login}")
    return account
