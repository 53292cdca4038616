"""What search adds to the service: its routes, its commands, and which facts it hears."""

from __future__ import annotations

from typing import Final

from flask import Flask

from marketplace.beneficiaries.facts import AgreementsChanged
from marketplace.catalogue.facts import ListingsChanged, StockTurned
from marketplace.certification.facts import CertificateChanged
from marketplace.core.http import MarketplaceApi
from marketplace.core.jobs import Loop
from marketplace.core.settings import Settings
from marketplace.features import Derived, Feature
from marketplace.orders.facts import LinesCounted, LinesReversed
from marketplace.producers.facts import ProducerChanged, ProductsChanged
from search import api as search_api
from search import pages as search_pages
from search.commands import search_commands
from search.engines.postgresql import PostgresqlEngine
from search.engines.registry import Engines, alone, engines
from search.engines.registry import install as install_engines
from search.sync import changes, dated, indexing
from search.sync.rebuild import products, rebuild_all
from search.sync.renewal import Renewal


def engines_of(settings: Settings) -> Engines:
    """The engines that settings ask for: PostgreSQL always follows, because it answers when Elasticsearch is away."""
    embedded = PostgresqlEngine()
    if not settings.elasticsearch_url:
        return alone(embedded)
    from search.engines.elasticsearch import ElasticsearchEngine  # its client is loaded only where it is used

    chosen = ElasticsearchEngine(settings)
    return Engines((embedded, chosen), chosen, embedded)


def _start(settings: Settings) -> None:
    install_engines(engines_of(settings))


def _documents() -> int:
    return products() * len(engines().written)


def _install(app: Flask, api: MarketplaceApi) -> None:
    api.register_blueprint(search_api.blueprint)
    app.register_blueprint(search_pages.pages)


SEARCH: Final = Feature(
    name="search",
    install=_install,
    start=_start,
    facts={
        ProductsChanged: (changes.on_products,),
        ProducerChanged: (changes.on_producer,),
        ListingsChanged: (changes.on_products,),
        StockTurned: (changes.on_products,),
        AgreementsChanged: (changes.on_products,),
        CertificateChanged: (changes.on_certificate,),
        LinesCounted: (changes.on_counted,),
        LinesReversed: (changes.on_reversed,),
    },
    periodic=(
        Loop("search.sync", 0, indexing.sync),
        Loop("search.dated", 3_600, dated.note_turning),
        Loop("search.renewal", 60, Renewal().run, is_long=True),
    ),
    commands=(search_commands,),
    derived=(Derived("商品搜索索引", _documents, rebuild_all),),
)
