"""Cells, keyed hashes and masks."""

import base64
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketplace.core import privacy
from marketplace.core.privacy import Cell, Key, PrivacyError, TextKeys, Vault

NUMBER = "11010519491231002X"
CELL = Cell("person", "resident_id", 7)


def line(version: int, algorithm: str, fill: int) -> str:
    size = privacy.CIPHERS.get(algorithm, privacy.HASH_KEY_BYTES)
    return f"{version} {algorithm} {base64.b64encode(bytes([fill]) * size).decode()}\n"


ONE = line(1, "aes-256-gcm", 1) + line(1, "hmac-sha256", 2)


@dataclass
class Keys:
    data: list[Key]
    hashes: list[Key]

    def data_keys(self) -> list[Key]:
        return self.data

    def hash_keys(self) -> list[Key]:
        return self.hashes


@pytest.mark.parametrize("cipher", ["aes-256-gcm", "sm4-gcm"])
def test_a_cell_comes_back_and_has_the_documented_shape(cipher: str) -> None:
    vault = Vault(TextKeys(line(3, cipher, 1) + line(1, "hmac-sm3", 2)))
    token = vault.encrypt(CELL, "张三·𠮷")
    assert vault.decrypt(CELL, token) == "张三·𠮷"
    assert token[:2] == b"\x00\x03"
    assert len(token) == 2 + 12 + len("张三·𠮷".encode()) + 16
    assert vault.encrypt(CELL, "张三·𠮷") != token  # a fresh nonce each time


@pytest.mark.parametrize(
    "other",
    [Cell("person", "resident_id", 8), Cell("person", "phone", 7), Cell("household", "resident_id", 7)],
)
def test_a_token_moved_to_another_cell_is_refused(other: Cell) -> None:
    vault = Vault(TextKeys(ONE))
    token = vault.encrypt(CELL, NUMBER)
    with pytest.raises(PrivacyError, match="moved"):
        vault.decrypt(other, token)


def test_an_altered_token_is_refused_at_every_byte() -> None:
    vault = Vault(TextKeys(ONE))
    token = vault.encrypt(CELL, NUMBER)
    for at in range(len(token)):
        altered = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
        with pytest.raises(PrivacyError):
            vault.decrypt(CELL, altered)


def test_an_unknown_key_version_is_refused() -> None:
    token = Vault(TextKeys(line(2, "aes-256-gcm", 1) + line(1, "hmac-sha256", 2))).encrypt(CELL, NUMBER)
    with pytest.raises(PrivacyError, match="no data key of version 2"):
        Vault(TextKeys(ONE)).decrypt(CELL, token)


def test_the_wrong_key_of_the_same_version_is_refused() -> None:
    token = Vault(TextKeys(ONE)).encrypt(CELL, NUMBER)
    with pytest.raises(PrivacyError, match="wrong key"):
        Vault(TextKeys(line(1, "aes-256-gcm", 9) + line(1, "hmac-sha256", 2))).decrypt(CELL, token)


def test_what_is_no_token_is_refused() -> None:
    with pytest.raises(PrivacyError, match="not a token"):
        Vault(TextKeys(ONE)).decrypt(CELL, b"\x00\x01short")


def test_rotation_reads_the_old_key_and_writes_the_new() -> None:
    token = Vault(TextKeys(ONE)).encrypt(CELL, NUMBER)
    both = Vault(TextKeys(ONE + line(2, "sm4-gcm", 5)))
    rotated = both.rotate(CELL, token)
    assert rotated is not None
    assert privacy.token_version(rotated) == 2
    assert both.rotate(CELL, rotated) is None
    only_new = Vault(TextKeys(line(2, "sm4-gcm", 5) + line(1, "hmac-sha256", 2)))
    assert only_new.decrypt(CELL, rotated) == NUMBER


def test_a_keyed_hash_answers_under_every_live_key() -> None:
    old = Vault(TextKeys(ONE))
    stored = old.keyed_hash("person.resident_id", NUMBER)
    both = Vault(TextKeys(ONE + line(2, "hmac-sm3", 6)))
    assert both.lookup_hashes("person.resident_id", NUMBER)[1] == stored
    assert both.lookup_hashes("person.resident_id", NUMBER)[0] == both.keyed_hash(
        "person.resident_id", NUMBER
    )
    assert both.keyed_hash("person.resident_id", NUMBER)[:2] == b"\x00\x02"
    assert privacy.same_hash(stored, old.keyed_hash("person.resident_id", NUMBER))


def test_a_keyed_hash_depends_on_column_key_and_value() -> None:
    vault = Vault(TextKeys(ONE))
    stored = vault.keyed_hash("person.resident_id", NUMBER)
    assert vault.keyed_hash("person.phone", NUMBER) != stored
    assert vault.keyed_hash("person.resident_id", NUMBER[:-1] + "1") != stored
    other = Vault(TextKeys(line(1, "aes-256-gcm", 1) + line(1, "hmac-sha256", 3)))
    assert other.keyed_hash("person.resident_id", NUMBER) != stored


@pytest.mark.parametrize(
    "text",
    [
        "",
        line(1, "aes-256-gcm", 1),
        line(1, "hmac-sha256", 1),
        ONE + line(1, "aes-256-gcm", 4),
        "1 aes-256-gcm AAAA\n",
        "0 aes-256-gcm " + base64.b64encode(bytes(32)).decode(),
        "1 rot13 " + base64.b64encode(bytes(32)).decode(),
        "one aes-256-gcm AAAA",
        "1 aes-256-gcm",
        "1 aes-256-gcm !!!!",
    ],
)
def test_keys_that_cannot_work_stop_the_start_without_being_printed(text: str) -> None:
    with pytest.raises(PrivacyError) as refusal:
        Vault(TextKeys(text))
    assert base64.b64encode(bytes([1]) * 32).decode() not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_keys_are_not_shown_by_repr() -> None:
    key = Key(1, "aes-256-gcm", b"k" * 32)
    assert "kkk" not in repr(key)
    assert "AQEB" not in repr(TextKeys(ONE))


def test_a_provider_is_any_object_with_the_two_lists() -> None:
    keys = Keys([Key(1, "sm4-gcm", b"k" * 16)], [Key(4, "hmac-sm3", b"h" * 32)])
    vault = Vault(keys)
    assert vault.decrypt(CELL, vault.encrypt(CELL, NUMBER)) == NUMBER
    assert vault.keyed_hash("a.b", "c")[:2] == b"\x00\x04"


def test_a_key_file_is_written_once_even_by_threads_that_start_together(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys.txt"
    path.parent.mkdir()
    barrier = threading.Barrier(8)
    found: list[TextKeys] = []

    def start() -> None:
        barrier.wait()
        found.append(privacy.ensure_key_file(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert {keys.text for keys in found} == {path.read_text()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["keys.txt"]
    token = Vault(found[0]).encrypt(CELL, NUMBER)
    assert Vault(privacy.keys_from(path, "")).decrypt(CELL, token) == NUMBER


def test_keys_come_from_the_environment_when_no_file_is_named() -> None:
    assert privacy.keys_from(None, ONE.replace("\n", ";")).data_keys()[0].version == 1


def test_masks() -> None:
    assert privacy.mask_name("张三丰") == "张*"
    assert privacy.mask_name("𠮷田") == "𠮷*"
    assert privacy.mask_resident_id(NUMBER) == "110105********002X"
    assert privacy.mask_resident_id("110105") == "********"
    assert privacy.mask_phone("13812341234") == "138****1234"
    assert privacy.mask_phone("2345678") == "****78"
    assert privacy.mask_bank_account("6222020200110128") == "**** 0128"
    assert privacy.mask_bank_account("123") == "****"


@pytest.mark.parametrize(
    ("households", "text", "number", "sort_key"),
    [(0, "少于3户", None, 0), (2, "少于3户", None, 0), (3, "3", 3, 3), (226, "226", 226, 226)],
)
def test_small_counts_are_not_published(
    households: int, text: str, number: int | None, sort_key: int
) -> None:
    assert privacy.public_count(households) == text
    assert privacy.public_number(households) == number
    assert privacy.public_sort_key(households) == sort_key
