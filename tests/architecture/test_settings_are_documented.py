"""A setting that is not in docs/settings.md does not exist, and neither does one that is only there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from marketplace.core.settings import Settings, SettingsError, environment_name

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = set(
    re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(encoding="utf-8"), re.MULTILINE)
)


def test_every_setting_is_documented_and_no_other() -> None:
    known = {environment_name(field.name) for field in fields(Settings)}
    assert {
        name
        for name in DOCUMENTED
        if name.startswith("SANZHUAN_") or name.endswith(("DATABASE_URL", "SEARCH_URL"))
    } == known


def test_every_variable_that_gunicorn_reads_is_documented() -> None:
    read = set(
        re.findall(
            r'environ(?:\.get\(|\[)"([A-Z_]+)"', (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
        )
    )
    assert read - DOCUMENTED == set()
    assert "WEB_BIND" in read


def test_the_example_names_only_settings_that_exist() -> None:
    named = set(
        re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert named - DOCUMENTED == {"APP_PASSWORD", "OWNER_PASSWORD"}


def test_production_without_secrets_does_not_start() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"SANZHUAN_PRODUCTION": "true", "DATABASE_URL": "postgresql://x"})
    assert "secret_key" in str(refused.value)
