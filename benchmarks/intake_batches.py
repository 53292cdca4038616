"""The signed batches that devices send, as requests."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from benchmarks.clients import post
from benchmarks.intake_world import Counters, Goods, Sender
from marketplace.core.clock import SHANGHAI, utcnow
from marketplace.intake.rules.signatures import sign

PATH: Final = "/api/v1/intake/batches"
#: Of a hundred lines so many are certified goods; the rest are whatever else stands in a cabinet.
AID_OF_HUNDRED: Final = 80
#: A cabinet holds so many goods; its batch is of so many days within the last twenty.
GOODS_EACH: Final = 40
OFFLINE_DAYS: Final = 3
SALES_DAYS: Final = 20


def batches(counters: Counters, lines: int) -> tuple[list[bytes], int]:
    """One request a device, with its share of the lines, in a random order of devices; and Σ of all amounts in fen."""
    dice = random.Random(20201001)
    each, more = divmod(lines, len(counters.senders))
    made, total = [], 0
    for number, sender in enumerate(counters.senders):
        body, fen = _lines(counters.goods, sender, each + (number < more), dice)
        if body:
            made.append(post(PATH, *request_of(sender, body, fen)))
            total += fen
    dice.shuffle(made)
    return made, total


def _lines(
    goods: Sequence[Goods], sender: Sender, count: int, dice: random.Random
) -> tuple[list[bytes], int]:
    inside, lines, total = dice.sample(goods, GOODS_EACH), [], 0
    newest = utcnow().astimezone(SHANGHAI) - timedelta(
        days=dice.randrange(SALES_DAYS - OFFLINE_DAYS), hours=1
    )
    for number in range(count):
        at = newest - timedelta(seconds=dice.randrange(OFFLINE_DAYS * 86_400))
        one, units = dice.choice(inside), dice.choice((1, 1, 1, 2))
        is_aid = dice.randrange(100) < AID_OF_HUNDRED
        fen = units * (one.price_fen if is_aid else 250)
        row: dict[str, Any] = {
            "orderno": f"{sender.device}-{number // 2:06d}",
            "lineno": str(1 + number % 2),
            "paytm": at.strftime("%Y-%m-%d %H:%M:%S"),
            "payamt": f"{fen // 100}.{fen % 100:02d}",
            "qty": str(units),
            "fpgoodsmark": "1" if is_aid else "2",
            "goodsname": one.name if is_aid else "矿泉水550ml",
            "salechnltp": "02",
            "containerid": sender.device,
        }
        if is_aid:
            row |= {"fpwthirdpartyid": one.catalogue_no, "suppliercode": one.supplier_uscc}
        lines.append(json.dumps(row, ensure_ascii=False).encode())
        total += fen
    return lines, total


def request_of(
    sender: Sender, lines: Sequence[bytes], total_fen: int, sequence: int = 1
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a batch, signed."""
    body = b"\n".join(lines)
    manifest = json.dumps(
        {
            "channel": sender.channel,
            "device": sender.device,
            "sequence": sequence,
            "format": "jsonl",
            "rows": len(lines),
            "sha256": hashlib.sha256(body).hexdigest(),
            "total_fen": total_fen,
        }
    ).encode()
    packed = gzip.compress(body, 6)
    headers = {
        "X-Batch-Manifest": base64.b64encode(manifest).decode(),
        "X-Batch-Signature": f"k=1,s={sign(sender.secret, manifest, packed).hex()}",
        "Content-Type": "application/x-ndjson",
    }
    return packed, headers
