"""All settings in one frozen value, read from the environment once, at start.

Every field is described in docs/settings.md (a test sees to it). In production nothing secret has a default: `from_env` raises
SettingsError and the process does not start.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PASSWORD_PROFILES: Final = ("asvs", "dengbao3")


class SettingsError(RuntimeError):
    """A setting is missing or has a value that cannot be meant."""


@dataclass(frozen=True)
class Settings:
    """What an installation decides. Environment names are the field names in capitals with the prefix ``SANZHUAN_``,
    except ``DATABASE_URL``, ``MIGRATION_DATABASE_URL`` and ``ELASTICSEARCH_URL``, which have none.
    """

    database_url: str = ""  # empty: the embedded PostgreSQL of this machine
    migration_database_url: str = ""
    data_dir: Path = Path("var")
    production: bool = False
    secret_key: str = field(default="", repr=False)  # signs cursors and CSRF tokens
    encryption_keys: str = field(default="", repr=False)  # "1:hex,2:hex": versions of the 256-bit cell key
    index_key: str = field(default="", repr=False)  # hex, for keyed hashes of look-ups
    signing_keys: str = field(
        default="", repr=False
    )  # "1:hex,2:hex": versions of the Ed25519 key of bulletins
    cell_cipher: str = "aes-256-gcm"  # or sm4-gcm
    pool_size: int = 10
    statement_timeout_ms: int = 30_000
    max_request_bytes: int = 20 * 1024 * 1024
    trusted_hosts: str = ""  # comma separated; empty: any
    proxy_hops: int = 0
    log_level: str = "INFO"
    session_idle_minutes: int = 30
    session_hours: int = 12
    login_failures: int = 5
    lockout_minutes: int = 15
    password_profile: str = "asvs"  # noqa: S105 - the name of a profile; or dengbao3
    mail_sender: str = ""  # empty: no mail is written
    elasticsearch_url: str = ""  # one or more, comma separated; empty: PostgreSQL searches
    elasticsearch_username: str = ""
    elasticsearch_password: str = field(default="", repr=False)
    elasticsearch_api_key: str = field(default="", repr=False)  # instead of the two above
    elasticsearch_ca_file: str = ""  # PEM; empty: the system's authorities
    elasticsearch_shards: int = 1
    elasticsearch_replicas: int = 1
    elasticsearch_index_prefix: str = "sanzhuan"
    elasticsearch_timeout_ms: int = 2_000  # the longest search; then PostgreSQL answers
    elasticsearch_failures: int = 3  # so many searches failed in a row: PostgreSQL answers without asking
    elasticsearch_pause_seconds: int = 10  # for so long, then one search tries again
    segments_url: str = ""  # folder or fsspec URL of the ledger's columnar files; empty: DATA_DIR/segments
    segments_memory_mb: int = 1_024  # of one process, for questions over them
    segments_worker_memory_mb: int = 320  # of a worker, which makes them beside its other work
    segments_threads: int = 0  # of one process; 0: one for each core
    segments_spark_master: str = ""  # spark://host:7077: a cluster reads them instead of this process
    segments_tail_rows: int = 200_000  # entries in no file yet: beyond so many the ledger's table answers
    segments_small_rows: int = (
        10_000  # entries of the months asked for: up to so many the table answers sooner
    )
    supervised_organisation: str = (
        ""  # id of the organisation whose bank account is the supervised one; empty: none
    )
    cabinet_expiry_days: int = 3  # a lot is taken out of a cabinet in its last so many days
    device_late_after: int = 2  # a device is late after so many times its usual time between batches
    device_silent_hours: int = 24  # and silent without a heartbeat for so long
    gift_retention_days: int = 180  # a parcel's person is deleted so long after its order ended
    forms_file: str = ""  # TOML: what official forms carry; empty: they are 内部管理台账
    stripe_secret_key: str = field(default="", repr=False)  # empty: no payment online
    stripe_publishable_key: str = ""  # for the buyer's browser
    stripe_webhook_secrets: str = field(
        default="", repr=False
    )  # comma separated: several while one is replaced
    stripe_live: bool = False  # must be true where the key moves real money
    stripe_return_url: str = ""  # to which Stripe's own page sends the buyer back
    stripe_api_base: str = ""  # another server in Stripe's place: on this machine, never in production
    stripe_timeout_ms: int = 10_000  # the longest single call
    stripe_retries: int = 1  # of one call, with the same key; the worker goes on later
    upward_url: str = ""  # of the instance above, https://host; empty: nothing is fed upward
    upward_source: str = ""  # this instance's code there, its area first: 441400
    upward_channel: str = ""  # code of the channel under which it is registered there
    upward_key_version: int = 1  # of that channel's key
    upward_secret: str = field(default="", repr=False)  # the key, 64 hex digits
    upward_ca_file: str = ""  # PEM; empty: the system's authorities
    upward_relay: bool = False  # pass on what lower instances feed here
    upward_every_seconds: int = 86_400  # how often entries go up
    upward_timeout_ms: int = 10_000  # the longest wait for one answer

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Settings from environment variables; raises SettingsError on a bad value, and in production on a missing secret."""
        source = os.environ if env is None else env
        values: dict[str, Any] = {}
        for f in fields(cls):
            name = environment_name(f.name)
            if name in source:
                values[f.name] = _parse(name, source[name], str(f.type))
        settings = cls(**values)
        if settings.password_profile not in PASSWORD_PROFILES:
            raise SettingsError(f"SANZHUAN_PASSWORD_PROFILE must be one of {', '.join(PASSWORD_PROFILES)}")
        if settings.production:
            missing = [
                n
                for n in ("database_url", "secret_key", "encryption_keys", "index_key")
                if not getattr(settings, n)
            ]
            if missing:
                raise SettingsError(f"production needs {', '.join(missing)}; see docs/settings.md")
        _check_elasticsearch(settings)
        _check_stripe(settings)
        _check_upward(settings)
        return settings


def environment_name(name: str) -> str:
    """The environment variable of a field."""
    return (
        name.upper()
        if name.endswith("database_url") or name == "elasticsearch_url"
        else f"SANZHUAN_{name.upper()}"
    )


def _check_elasticsearch(settings: Settings) -> None:
    """Nothing of the index or its password travels in the clear, except on the machine itself or in development."""
    for url in filter(None, settings.elasticsearch_url.split(",")):
        parts = urlsplit(url.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError(
                f"ELASTICSEARCH_URL must be http(s)://host:port, not {parts.hostname or url!r}"
            )
        if parts.username or parts.password:
            raise SettingsError(
                "ELASTICSEARCH_URL must not hold a password; see SANZHUAN_ELASTICSEARCH_PASSWORD"
            )
        if settings.production and parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise SettingsError(f"production speaks https with Elasticsearch on {parts.hostname}")
    if settings.elasticsearch_api_key and settings.elasticsearch_password:
        raise SettingsError("SANZHUAN_ELASTICSEARCH_API_KEY or _PASSWORD, not both")
    if bool(settings.elasticsearch_username) != bool(settings.elasticsearch_password):
        raise SettingsError("SANZHUAN_ELASTICSEARCH_USERNAME and _PASSWORD belong together")
    for name in ("elasticsearch_shards", "elasticsearch_failures"):
        if not getattr(settings, name):
            raise SettingsError(f"{environment_name(name)} must be at least 1")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", settings.elasticsearch_index_prefix):
        raise SettingsError("SANZHUAN_ELASTICSEARCH_INDEX_PREFIX: small letters, digits, - and _")


def _check_stripe(settings: Settings) -> None:
    """No test key takes payments in production, none moves real money unasked, and only a machine's own server stands in."""
    key = settings.stripe_secret_key
    if not key:
        return
    kind = re.match(r"(?:sk|rk)_(test|live)_[!-~]+", key)
    if kind is None:
        raise SettingsError(
            "SANZHUAN_STRIPE_SECRET_KEY must begin with sk_test_, sk_live_, rk_test_ or rk_live_"
        )
    is_live = kind[1] == "live"
    if is_live and not settings.stripe_live:
        raise SettingsError("a live key moves real money: SANZHUAN_STRIPE_LIVE must say true")
    if settings.stripe_live and not is_live:
        raise SettingsError("SANZHUAN_STRIPE_LIVE is true, but the key is a test key")
    if settings.production and not is_live:
        raise SettingsError(
            "production takes no payments with a test key: whoever knows a test card would pay"
        )
    if not settings.stripe_webhook_secrets.strip(","):
        raise SettingsError("SANZHUAN_STRIPE_WEBHOOK_SECRETS is needed beside the key")
    if not 100 <= settings.stripe_timeout_ms <= 60_000 or settings.stripe_retries > 5:
        raise SettingsError("SANZHUAN_STRIPE_TIMEOUT_MS is 100 to 60000, SANZHUAN_STRIPE_RETRIES at most 5")
    back = urlsplit(settings.stripe_return_url)
    if back.scheme not in {"http", "https"} or (settings.production and back.scheme == "http"):
        raise SettingsError("SANZHUAN_STRIPE_RETURN_URL must be a URL, in production with https")
    if settings.stripe_api_base:
        host = urlsplit(settings.stripe_api_base).hostname or ""
        if settings.production or is_live or not _is_loopback(host):
            raise SettingsError(
                "SANZHUAN_STRIPE_API_BASE is for a stand-in on this machine, outside production"
            )


def _check_upward(settings: Settings) -> None:
    """Whoever feeds upward says where, as whom and with which key; never in the clear but on this machine."""
    if not settings.upward_url:
        return
    parts = urlsplit(settings.upward_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        raise SettingsError("SANZHUAN_UPWARD_URL must be https://host, without a password in it")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise SettingsError("SANZHUAN_UPWARD_URL must be https: what goes up is internal")
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{3}){0,2}(?:-[a-z0-9]{1,16})?", settings.upward_source):
        raise SettingsError("SANZHUAN_UPWARD_SOURCE must begin with an area code: 441400")
    if not settings.upward_channel or not re.fullmatch(r"[0-9a-f]{64}", settings.upward_secret):
        raise SettingsError("SANZHUAN_UPWARD_CHANNEL and SANZHUAN_UPWARD_SECRET (64 hex digits) are needed")
    if not settings.upward_every_seconds or not 100 <= settings.upward_timeout_ms <= 60_000:
        raise SettingsError(
            "SANZHUAN_UPWARD_EVERY_SECONDS is at least 1, SANZHUAN_UPWARD_TIMEOUT_MS 100 to 60000"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parse(name: str, text: str, type_name: str) -> object:
    if type_name == "int":
        if not (text.isascii() and text.isdigit()):
            raise SettingsError(f"{name} must be a whole number, not {text!r}")
        return int(text)
    if type_name == "bool":
        if text.lower() not in {"1", "0", "true", "false"}:
            raise SettingsError(f"{name} must be true or false, not {text!r}")
        return text.lower() in {"1", "true"}
    return Path(text) if type_name == "Path" else text
