"""The upper instance over real HTTP: every way in which a server answers badly is silence or refusal, never more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from marketplace.core.settings import Settings, SettingsError
from marketplace.statistics.upward.link import Sending, Upper, UpperRefused, UpperSilent
from tests.support.upward import settings_of

STANDING = {
    "source": "441400",
    "position": 0,
    "hash": "00" * 32,
    "last_sequence": 0,
    "last_state": None,
    "last_refusal": None,
    "waiting": 0,
    "sealed": [],
}


@dataclass
class Fake:
    """Answers every call the same."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def fake() -> Iterator[Fake]:
    told = Fake()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.asked.append((self.command, self.path))
            self.send_response(told.status)
            for name, value in ({"Content-Length": str(len(told.body))} | told.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def above(fake: Fake) -> Upper:
    return Upper(settings_of("00" * 32, fake.url))


def silence(fake: Fake) -> str:
    with pytest.raises(UpperSilent) as silent:
        above(fake).standing("441400")
    return silent.value.code


def test_an_answer_of_the_agreed_shape_is_taken(fake: Fake) -> None:
    fake.body = json.dumps(STANDING).encode()
    assert above(fake).standing("441400") == STANDING
    fake.status, fake.body = 202, b'{"number": "B1"}'
    assert above(fake).send(Sending("441400", 1, 1, 0, "00" * 32, b"x")) == {"number": "B1"}
    assert [method for method, _ in fake.asked] == ["GET", "POST"]


@pytest.mark.parametrize(
    "change",
    [
        {"source": "441500"},
        {"position": -1},
        {"position": "0"},
        {"hash": "xyz"},
        {"waiting": None},
        {"sealed": {}},
        {"sealed": [{"period": "2020-09"}]},
        {"last_refusal": 7},
    ],
    ids=str,
)
def test_a_standing_of_another_shape_is_silence(fake: Fake, change: dict[str, Any]) -> None:
    fake.body = json.dumps(STANDING | change).encode()
    assert silence(fake) == "answer"


def test_what_is_no_json_a_cut_answer_and_a_failing_server_are_silence(fake: Fake) -> None:
    fake.body = b"<html>"
    assert silence(fake) == "http_200"
    fake.body, fake.headers = b'{"a', {"Content-Length": "100"}
    assert silence(fake) in {"IncompleteRead", "ProtocolError"}
    fake.body, fake.headers, fake.status = b'{"code": "x"}', {}, 503
    assert silence(fake) == "http_503"
    fake.status = 429
    assert silence(fake) == "http_429"


def test_a_redirect_is_not_followed_and_a_refusal_says_its_code(fake: Fake) -> None:
    fake.status, fake.headers, fake.body = 302, {"Location": "http://127.0.0.1:1/"}, b"{}"
    with pytest.raises(UpperRefused) as moved:
        above(fake).standing("441400")
    assert moved.value.code == "http_302"
    assert len(fake.asked) == 1
    fake.status, fake.headers, fake.body = 401, {}, b'{"code": "query_signature"}'
    with pytest.raises(UpperRefused) as refused:
        above(fake).standing("441400")
    assert refused.value.code == "query_signature"


def test_nobody_there_is_silence() -> None:
    with pytest.raises(UpperSilent) as silent:
        Upper(settings_of("00" * 32, "http://127.0.0.1:9")).standing("441400")
    assert silent.value.code == "NewConnectionError"


@pytest.mark.parametrize(
    "wrong",
    [
        {"SANZHUAN_UPWARD_URL": "http://province.example"},
        {"SANZHUAN_UPWARD_URL": "ftp://127.0.0.1"},
        {"SANZHUAN_UPWARD_URL": "https://me:secret@province.example"},
        {"SANZHUAN_UPWARD_SOURCE": "梅州"},
        {"SANZHUAN_UPWARD_SOURCE": ""},
        {"SANZHUAN_UPWARD_CHANNEL": ""},
        {"SANZHUAN_UPWARD_SECRET": "abc"},
        {"SANZHUAN_UPWARD_EVERY_SECONDS": "0"},
        {"SANZHUAN_UPWARD_TIMEOUT_MS": "10"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_stop_the_process(wrong: dict[str, str]) -> None:
    good = {
        "SANZHUAN_UPWARD_URL": "https://province.example",
        "SANZHUAN_UPWARD_SOURCE": "441400",
        "SANZHUAN_UPWARD_CHANNEL": "MZ-2020",
        "SANZHUAN_UPWARD_SECRET": "ab" * 32,
    }
    assert Settings.from_env(good).upward_source == "441400"
    with pytest.raises(SettingsError):
        Settings.from_env(good | wrong)
