"""What tests of search stand on: goods put on sale through the services, the index brought up to date, questions asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy import text as sql

from marketplace.catalogue.models import Channel, Listing
from marketplace.core import db
from marketplace.core.actor import Actor, Held
from marketplace.core.db import transaction
from marketplace.producers.models import Producer, Product
from search.engines.postgresql import PostgresqlEngine
from search.engines.protocol import (
    Answer,
    EngineUnavailable,
    Expression,
    FacetAsk,
    ListingFilter,
    Question,
    Versioned,
)
from search.fingerprint import fingerprint
from search.models import Change, Document
from search.service import Asked, Found, search
from search.service.filters import document_filters
from search.sync import indexing
from tests.catalogue_world import World


@dataclass(frozen=True)
class Goods:
    """A product on sale and its listing; ids, because every step has a transaction of its own."""

    product_id: uuid.UUID
    product_no: int
    listing_id: uuid.UUID
    channel_id: uuid.UUID


def put_on_sale(
    name: str,
    price_fen: int = 4_900,
    *,
    units: int = 10,
    channel: uuid.UUID | None = None,
    certified: bool = False,
    title: str | None = None,
    producer: uuid.UUID | None = None,
    kind: str = "hall_online",
    **product: Any,
) -> Goods:
    """A product of 白沙 (unless told otherwise), listed in a channel of 广州."""
    with transaction() as session:
        world = World(session)
        owner = session.get_one(Producer, producer) if producer else world.producer()
        make = world.certified_product if certified else world.product
        made = make(producer=owner, name=name, **product)
        place = session.get_one(Channel, channel) if channel else world.channel(kind)
        changes = {"title": title} if title else {}
        listing = world.listing(place, world.offer(made, price_fen, **changes), units)
        return Goods(made.id, made.product_no, listing.id, place.id)


def sync_all() -> int:
    """Do everything that is noted and due."""
    return indexing.drain()


MEIZHOU = "441403"


def ask(
    q: str = "",
    *,
    facets: Sequence[str] = (),
    sort: str = "relevance",
    size: int = 24,
    after: tuple[Any, ...] | None = None,
    kinds: tuple[str, ...] = (),
    listing: Mapping[str, Any] | None = None,
    **filters: Any,
) -> Found:
    """One page, asked as the route asks."""
    expressions: dict[str, Expression] = document_filters(filters)
    with transaction() as session:
        return search(
            session,
            Asked(
                q=q,
                filters=expressions,
                listing=ListingFilter(**(listing or {})),
                facets=[FacetAsk(name) for name in facets],
                sort=sort,
                size=size,
                scheme=filters.get("scheme"),
                after=after,
                kinds=kinds,
            ),
        )


def names(found: Found) -> list[str]:
    """Names of the products of a page, in order."""
    return [item["name"] for item in found.items]


def pages(q: str = "", *, size: int = 1, **asked: Any) -> Iterator[Found]:
    """Every page, each asked for when the one before has been looked at."""
    page = ask(q, size=size, **asked)
    yield page
    while page.next_after is not None:
        page = ask(q, size=size, after=page.next_after, kinds=page.kinds, **asked)
        yield page


def noted(engine: str = "postgresql") -> list[uuid.UUID]:
    """Products that are noted as changed, in order of the noting."""
    with transaction() as session:
        return list(
            session.scalars(select(Change.product_id).where(Change.engine == engine).order_by(Change.id))
        )


def forget() -> None:
    """Throw all notes away."""
    with transaction() as session:
        session.execute(sql("DELETE FROM search.change"))


def documents() -> dict[int, str]:
    """Digest by product number of what PostgreSQL keeps."""
    return dict(PostgresqlEngine().stored(0, 1_000))


def tokens(product_no: int) -> set[str]:
    """Tokens of a kept document."""
    with transaction() as session:
        found = session.scalar(
            select(func.tsvector_to_array(Document.tokens)).where(Document.product_no == product_no)
        )
        return set(found or ())


def listing(session: Any, goods: Goods) -> Listing:
    """The listing's row."""
    return session.get_one(Listing, goods.listing_id)  # type: ignore[no-any-return]


def product(session: Any, goods: Goods) -> Product:
    """The product's row."""
    return session.get_one(Product, goods.product_id)  # type: ignore[no-any-return]


def editor(producer: Producer) -> Actor:
    """Somebody of the producer who edits its products."""
    rights = frozenset({"producers.edit", "producers.read"})
    owned = producer.organisation_id
    return Actor(producer.id, producer.id, owned, (Held("producer", rights, organisation_id=owned),))


@dataclass
class Remote:
    """An engine in another process's place: it keeps documents in memory, answers from PostgreSQL, and can be away."""

    code: str = "elasticsearch"
    is_away: bool = False
    kept: dict[int, Versioned] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    analysis: str | None = None

    def ask(self, question: Question) -> Answer:
        """What PostgreSQL answers."""
        self._reach()
        return PostgresqlEngine().ask(question)

    def write(self, documents: Sequence[Versioned]) -> Sequence[int]:
        """Keep the higher version of each."""
        self._reach()
        for one in documents:
            held = self.kept.get(one.product_no)
            if one.product_no not in self.refused and (held is None or held.version <= one.version):
                self.kept[one.product_no] = one
        return sorted(self.refused & {one.product_no for one in documents})

    def stored(self, after: int, limit: int) -> Sequence[tuple[int, str]]:
        """What is kept, but for removals."""
        self._reach()
        found = [(n, one.digest) for n, one in sorted(self.kept.items()) if n > after and one.digest]
        return found[:limit]

    def built_with(self) -> str | None:
        """What was told."""
        self._reach()
        return self.analysis

    def begin_rebuild(self) -> None:
        """Nothing."""
        self._reach()

    def finish_rebuild(self) -> None:
        """It is as this release builds it."""
        self._reach()
        self.analysis = fingerprint()

    def _reach(self) -> None:
        if self.is_away:
            raise EngineUnavailable("away")


@contextmanager
def statements(database: db.Database) -> Iterator[list[str]]:
    """Everything that is sent to PostgreSQL within the block, but for savepoints."""
    sent: list[str] = []

    def write_down(_c: object, _u: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
            sent.append(statement)

    for engine in (database.engine, database.reader):
        event.listen(engine, "before_cursor_execute", write_down)
    try:
        yield sent
    finally:
        for engine in (database.engine, database.reader):
            event.remove(engine, "before_cursor_execute", write_down)


def orchard() -> dict[str, Goods]:
    """Pomelos of 梅州 and 广西, and what is near them, indexed."""
    made = {
        "梅县金柚": put_on_sale("梅县金柚", category_code="010101", origin_area=MEIZHOU, spec="5斤/箱"),
        "大埔蜜柚": put_on_sale(
            "大埔蜜柚", category_code="010101", origin_area="441422", spec="10斤/箱", net_weight_g=5_000
        ),
        "容县沙田柚": put_on_sale("容县沙田柚", category_code="010101", origin_area="450921", spec="5斤/箱"),
        "金柚啤酒": put_on_sale(
            "金柚啤酒", category_code="110101", origin_area=MEIZHOU, spec="500ml/瓶", net_weight_g=None
        ),
        "客家娘酒": put_on_sale(
            "客家娘酒", category_code="110101", origin_area=MEIZHOU, spec="500ml/瓶", net_weight_g=None
        ),
    }
    sync_all()
    return made
