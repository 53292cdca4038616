"""The application factory, and the one place where slices are wired to each other.

`compose()` fixes which handler hears which fact, in which order, and which handler does which job; web, worker, commands and
second processes share it. Adding a slice is adding its lines here; a package above the slices comes as a `Feature`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace.accounts import api as accounts_api
from marketplace.accounts.permission_titles import PERMISSIONS
from marketplace.accounts.service import exports
from marketplace.accounts.sign_in import authenticate
from marketplace.attribution import api as attribution_api
from marketplace.attribution.service.read import channel_sums, entries_of_lines
from marketplace.beneficiaries import api as beneficiaries_api
from marketplace.catalogue import api as catalogue_api
from marketplace.certification import api as certification_api
from marketplace.core import apidocs, db, embedded, files, files_api, health, logs, migrate, privacy, signing
from marketplace.core.http import ApiBlueprint, MarketplaceApi, edge, problems
from marketplace.core.http.api import permission_titles
from marketplace.core.http.endpoint import AUTHENTICATOR
from marketplace.core.migrate import APP_ROLE
from marketplace.core.settings import Settings
from marketplace.features import Feature, wire
from marketplace.intake import api as intake_api
from marketplace.intake import limits
from marketplace.intake.service import board
from marketplace.orders import api as orders_api
from marketplace.orders.buying import api as buying_api
from marketplace.orders.buying.service import gifts
from marketplace.orders.service import contracts
from marketplace.orders.service.queries import read_entries_with
from marketplace.oversight import api as oversight_api
from marketplace.oversight.handover import listing
from marketplace.oversight.handover.sections import sections_with
from marketplace.payments import api as payments_api
from marketplace.payments import gateways
from marketplace.payments.service import supervised
from marketplace.payments.service.collection import mode_of
from marketplace.producers import api as producers_api
from marketplace.statistics import api as statistics_api
from marketplace.statistics import forms, handover_tasks
from marketplace.statistics.reports import REPORTS
from marketplace.statistics.segments import engine as segments
from marketplace.statistics.upward import link as upward
from marketplace.web import site
from marketplace.wiring import EXPORTS, FACTS, GAUGES, JOBS, PERIODIC

DATABASE_NAME: Final = "sanzhuan"

# The API of each slice, in travel order.
BLUEPRINTS: Final[tuple[ApiBlueprint, ...]] = (
    files_api.blueprint,
    accounts_api.blueprint,
    producers_api.blueprint,
    beneficiaries_api.blueprint,
    certification_api.blueprint,
    catalogue_api.blueprint,
    orders_api.blueprint,
    buying_api.blueprint,
    payments_api.blueprint,
    intake_api.blueprint,
    attribution_api.blueprint,
    oversight_api.blueprint,
    statistics_api.blueprint,
)

_features: list[Feature] = []


def compose(features: Sequence[Feature] | None = None) -> None:
    """Wire facts and jobs: what the slices do, then what `features` add, in their order; None keeps the last ones. Idempotent."""
    chosen = [*(_features if features is None else features)]
    wire(FACTS, JOBS, PERIODIC, chosen)
    _features[:] = chosen
    read_entries_with(entries_of_lines)
    board.read_ledger_with(channel_sums)
    contracts.read_collection_with(mode_of)
    exports.compose(EXPORTS)
    health.watch(GAUGES)
    listing.compose(sections_with(handover_tasks.TASKS))


def create_app(settings: Settings, features: Sequence[Feature] = ()) -> Flask:
    """The WSGI application over `settings`; `features` (search, admin) add themselves on top.

    Connects the process to its database; without DATABASE_URL that is the embedded one, started and migrated here.
    """
    attach(settings, features)
    app = Flask("marketplace", static_folder="static", template_folder="templates")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _configure(app, settings)
    logs.install(app)
    problems.install(app)
    health.install(app)
    app.register_blueprint(apidocs.blueprint)
    site.install(app)
    permission_titles.update(PERMISSIONS)
    api = MarketplaceApi(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    for feature in features:
        if feature.install is not None:
            feature.install(app, api)
    app.extensions["features"] = tuple(features)
    app.after_request(edge.add_headers)
    return app


def attach(settings: Settings, features: Sequence[Feature] = ()) -> None:
    """What every process of the service needs, with or without a web application: logs, wiring, keys, files, database."""
    logs.configure(settings.log_level)
    compose(features)
    privacy.install(privacy.Vault(privacy.keys_from_settings(settings)))
    signing.install(signing.signer_from_settings(settings))
    files.install(settings.data_dir / "files")
    gateways.install(settings)
    segments.install(settings)
    supervised.install(settings.supervised_organisation)
    limits.install(
        limits.Limits(settings.cabinet_expiry_days, settings.device_late_after, settings.device_silent_hours)
    )
    gifts.install(settings.gift_retention_days)
    upward.install(settings)
    forms.install(settings.forms_file, tuple(one.code for one in REPORTS))
    connect(settings)
    for feature in features:
        if feature.start is not None:
            feature.start(settings)


def connect(settings: Settings) -> db.Database:
    """Connect the process to the database of `settings`; start and migrate the embedded one if there is none."""
    url = settings.database_url
    if not url:
        server = embedded.start(settings.data_dir)
        if not server.has_database(DATABASE_NAME):
            server.create_database(DATABASE_NAME)
        migrate.upgrade(server.url(embedded.OWNER_ROLE, DATABASE_NAME))
        url = server.url(APP_ROLE, DATABASE_NAME)
    return db.connect(
        db.Database(url, pool_size=settings.pool_size, statement_timeout_ms=settings.statement_timeout_ms)
    )


def _configure(app: Flask, settings: Settings) -> None:
    app.session_interface = edge.NoSessions()
    secret = settings.secret_key or "development-only: cursors and forms are not secret here"
    app.config.update(
        SECRET_KEY=secret,
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=[h for h in settings.trusted_hosts.split(",") if h] or None,
        PRODUCTION=settings.production,
        API_TITLE="三专一平台 Sanzhuan API",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=_spec_options(),
    )
    app.extensions["settings"] = settings
    app.extensions[AUTHENTICATOR] = authenticate
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _spec_options() -> dict[str, Any]:
    return {
        "info": {
            "description": "扶贫/帮扶产品:认定、上架、下单、计入、归集到户、统计。金额单位为分,时间为带时区的 RFC 3339。"
        },
        "security": [{"token": []}, {"session": []}],
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
            }
        },
    }
