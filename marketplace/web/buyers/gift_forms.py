"""What a gift order carries between its preview and its placing: the recipients, sealed, in one hidden field. Nothing is kept.

The people are those of the file that the buyer just chose; the page shows them masked, and only this service can read the field.
It is bound to the account that made it, so it is of no use to anybody else.
"""

from __future__ import annotations

import base64
import binascii
import uuid
import zlib
from collections.abc import Sequence
from typing import Final

import orjson
from marshmallow import fields, validate

from marketplace.core.actor import Actor
from marketplace.core.errors import BadRequest
from marketplace.core.privacy import Cell, vault
from marketplace.core.privacy.keys import PrivacyError
from marketplace.orders.buying.service.gifts import Recipient
from marketplace.web.buyers.terms import TermsForm

_CELL: Final = ("web.gift_preview", "recipients")
_MOST_CHARACTERS: Final = 450_000
_PERSON: Final = ("name", "telephone", "area", "address")


class GiftForm(TermsForm):
    """Terms of the order, and the sealed recipients with the prices that were seen."""

    sealed = fields.String(required=True, validate=validate.Length(min=1, max=_MOST_CHARACTERS))


def seal_gifts(
    actor: Actor, prices_fen: Sequence[tuple[uuid.UUID, int]], recipients: Sequence[Recipient]
) -> str:
    """The prices seen (fen, in the order of the file's columns) and the recipients as one text for the form."""
    told = {
        "prices": [[str(key), fen] for key, fen in prices_fen],
        "recipients": [
            [
                *(getattr(one, name) for name in _PERSON),
                {str(key): count for key, count in one.quantities.items()},
            ]
            for one in recipients
        ],
    }
    packed = base64.b85encode(zlib.compress(orjson.dumps(told), 9)).decode()
    return base64.urlsafe_b64encode(vault().encrypt(Cell(*_CELL, actor.account_id), packed)).decode()


def open_gifts(actor: Actor, sealed: str) -> tuple[dict[uuid.UUID, int], list[Recipient]]:
    """What `seal_gifts` of the same account made. BadRequest (`gift_form_broken`) for anything else."""
    try:
        packed = vault().decrypt(Cell(*_CELL, actor.account_id), base64.urlsafe_b64decode(sealed))
        told = orjson.loads(zlib.decompress(base64.b85decode(packed)))
    except (PrivacyError, ValueError, binascii.Error, zlib.error) as error:
        raise BadRequest("gift_form_broken", "名单已失效,请重新上传") from error
    prices = {uuid.UUID(key): fen for key, fen in told["prices"]}
    recipients = [
        Recipient(
            **dict(zip(_PERSON, row[:4], strict=True)),
            quantities={uuid.UUID(key): count for key, count in row[4].items()},
        )
        for row in told["recipients"]
    ]
    return prices, recipients
