"""The books of money: balances, transfers, trial balance, levies."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from marketplace.core.actor import Actor
from marketplace.core.http import Page, endpoint, file_response, needs, page_of, page_schema
from marketplace.core.http.locale import localised
from marketplace.payments.api.blueprint import blueprint
from marketplace.payments.models import Transfer
from marketplace.payments.rules.accounts import KINDS
from marketplace.payments.schemas import books as schemas
from marketplace.payments.service import book_files, book_reading
from marketplace.payments.service.levies import levies_seen


@blueprint.route("/books/accounts")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.BalanceArgs, location="query")
@blueprint.response(200, schemas.BalanceListOut)
def list_balances(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """Balances by account and party, now or as of the end of a day; an organisation sees its own."""
    return {"items": book_reading.balances(session, actor, **args)}


@blueprint.route("/books/transfers")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.TransferArgs, location="query")
@blueprint.response(200, page_schema(schemas.TransferOut))
def list_transfers(session: Session, actor: Actor, args: dict[str, Any]) -> Page[Any]:
    """Transfers with a side that one may see, newest first."""
    filters = {name: args[name] for name in schemas.TransferFilters().fields}
    page = page_of(
        session,
        book_reading.transfers_seen(actor, **filters),
        keys=[Transfer.transfer_no],
        key_of=lambda row: [row.Transfer.transfer_no],
        args=args,
        descending=True,
        scalars=False,
    )
    names = book_reading.names_of(session, [row.Transfer for row in page.items])
    return Page([_transfer(row.Transfer, row.order_number, names) for row in page.items], page.next_cursor)


@blueprint.route("/books/transfers/file")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.TransferFileArgs, location="query")
@blueprint.response(200, content_type="text/csv")
def transfer_file(session: Session, actor: Actor, args: dict[str, Any]) -> Response:
    """The same transfers as CSV or XLSX, oldest first, at most 50,000; amounts in yuan."""
    file_format = args.pop("format")
    return file_response(
        file_format, book_files.transfer_file(session, actor, file_format, args), "transfers"
    )


@blueprint.route("/books/trial-balance")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.MonthArgs, location="query")
@blueprint.response(200, schemas.TrialBalanceOut)
def show_trial_balance(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """试算平衡 of a month over all accounts, for those who read the books of the whole country."""
    lines = book_reading.trial_balance(session, actor, args["period"])
    debit, credit = sum(one.debit_fen for one in lines), sum(one.credit_fen for one in lines)
    return {
        "period": args["period"],
        "items": lines,
        "debit_fen": debit,
        "credit_fen": credit,
        "balanced": debit == credit and sum(one.closing_fen for one in lines) == 0,
    }


@blueprint.route("/levies")
@endpoint(needs("payments.books"))
@blueprint.arguments(schemas.MonthArgs, location="query")
@blueprint.response(200, schemas.LevyListOut)
def list_levies(session: Session, actor: Actor, args: dict[str, Any]) -> dict[str, Any]:
    """What operators owe the aid fund for a month, on ordinary goods, net of the month's refunds."""
    return {"items": levies_seen(session, actor, args["period"])}


def _transfer(one: Transfer, order_number: str | None, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "transfer_no": one.transfer_no,
        "event": one.event,
        "kind": one.kind,
        "title": localised(KINDS[one.kind]),
        "debit_account": one.debit_account,
        "debit_party_id": one.debit_party,
        "debit_party_name": names.get(one.debit_party),
        "credit_account": one.credit_account,
        "credit_party_id": one.credit_party,
        "credit_party_name": names.get(one.credit_party),
        "order_number": order_number,
        "amount_fen": one.amount_fen,
        "happened_at": one.happened_at,
        "booked_at": one.booked_at,
        "reverses_no": one.reverses_no,
    }
