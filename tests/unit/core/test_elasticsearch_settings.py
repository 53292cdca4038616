"""How the service speaks with Elasticsearch is settled at start, and nothing travels in the clear in production."""

import pytest

from marketplace.core.settings import Settings, SettingsError

PRODUCTION = {
    "SANZHUAN_PRODUCTION": "true",
    "DATABASE_URL": "postgresql://x",
    "SANZHUAN_SECRET_KEY": "x",
    "SANZHUAN_ENCRYPTION_KEYS": "1:11",
    "SANZHUAN_INDEX_KEY": "22",
}


def test_without_a_url_nothing_is_asked_of_elasticsearch() -> None:
    settings = Settings.from_env(PRODUCTION)
    assert (
        settings.elasticsearch_url,
        settings.elasticsearch_replicas,
        settings.elasticsearch_timeout_ms,
    ) == ("", 1, 2000)


@pytest.mark.parametrize(
    "url",
    [
        "https://es1:9200,https://es2:9200",
        "http://127.0.0.1:9200",
        "http://[::1]:9200",
        "http://localhost:9200",
    ],
)
def test_production_takes_tls_and_the_machine_itself(url: str) -> None:
    assert Settings.from_env({**PRODUCTION, "ELASTICSEARCH_URL": url}).elasticsearch_url == url


@pytest.mark.parametrize(
    "url", ["http://es1:9200", "https://es1:9200,http://es2:9200", "http://10.0.0.4:9200"]
)
def test_production_refuses_plain_http_to_another_host(url: str) -> None:
    with pytest.raises(SettingsError, match="production speaks https"):
        Settings.from_env({**PRODUCTION, "ELASTICSEARCH_URL": url})
    assert Settings.from_env({"ELASTICSEARCH_URL": url}).elasticsearch_url == url


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ELASTICSEARCH_URL", "es1:9200", "must be http"),
        ("ELASTICSEARCH_URL", "https://elastic:geheim@es1:9200", "must not hold a password"),
        ("SANZHUAN_ELASTICSEARCH_PASSWORD", "geheim", "belong together"),
        ("SANZHUAN_ELASTICSEARCH_SHARDS", "0", "SHARDS must be at least 1"),
        ("SANZHUAN_ELASTICSEARCH_FAILURES", "0", "FAILURES must be at least 1"),
        ("SANZHUAN_ELASTICSEARCH_INDEX_PREFIX", "San*", "small letters"),
    ],
)
def test_what_cannot_be_meant_stops_the_process_and_repeats_no_secret(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        Settings.from_env({name: value})
    assert "geheim" not in str(refused.value)


def test_an_api_key_replaces_name_and_password() -> None:
    named = {"SANZHUAN_ELASTICSEARCH_USERNAME": "app", "SANZHUAN_ELASTICSEARCH_PASSWORD": "geheim"}
    with pytest.raises(SettingsError, match="not both"):
        Settings.from_env({**named, "SANZHUAN_ELASTICSEARCH_API_KEY": "schluessel"})
    settings = Settings.from_env({**named})
    assert "geheim" not in repr(settings)
