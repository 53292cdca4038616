"""All settings in one frozen value, read from the environment once, at start.

Every field is described in docs/settings.md (a test sees to it). In production nothing secret has a default: `from_env` raises
SettingsError and the process does not start.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

PASSWORD_PROFILES: Final = ("asvs", "dengbao3")


class SettingsError(RuntimeError):
    """A setting is missing or has a value that cannot be meant."""


@dataclass(frozen=True)
class Settings:
    """What an installation decides. Environment names are the field names in capitals with the prefix ``SANZHUAN_``,
    except ``DATABASE_URL`` and ``MIGRATION_DATABASE_URL``, which have none.
    """

    database_url: str = ""  # empty: the embedded PostgreSQL of this machine
    migration_database_url: str = ""
    data_dir: Path = Path("var")
    production: bool = False
    secret_key: str = field(default="", repr=False)  # signs cursors and CSRF tokens
    encryption_keys: str = field(default="", repr=False)  # "1:hex,2:hex": versions of the 256-bit cell key
    index_key: str = field(default="", repr=False)  # hex, for keyed hashes of look-ups
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
    forms_file: str = ""  # TOML: what official forms carry; empty: they are 内部管理台账

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Settings from environment variables; raises SettingsError on a bad value, and in production on a missing secret."""
        source = os.environ if env is None else env
        values: dict[str, Any] = {}
        for f in fields(cls):
            name = f.name.upper() if f.name.endswith("database_url") else f"SANZHUAN_{f.name.upper()}"
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
        return settings


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
