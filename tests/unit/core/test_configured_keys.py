"""Keys as the settings name them."""

from pathlib import Path

import pytest

from marketplace.core.privacy import Cell, PrivacyError, Vault
from marketplace.core.privacy.configured import keys_from_settings
from marketplace.core.settings import Settings

CELL = Cell("person", "phone", 1)
AES, SM4, INDEX = "11" * 32, "22" * 16, "33" * 32


def test_the_embedded_database_gets_a_key_file_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    token = Vault(keys_from_settings(settings)).encrypt(CELL, "x")
    assert Vault(keys_from_settings(settings)).decrypt(CELL, token) == "x"
    assert (tmp_path / "keys.txt").exists()


def test_several_versions_are_read_and_the_newest_writes() -> None:
    old = Vault(keys_from_settings(Settings(encryption_keys=f"1:{AES}", index_key=INDEX)))
    both = Vault(
        keys_from_settings(
            Settings(encryption_keys=f"1:{AES}, 2:{SM4}", index_key=f"1:{INDEX}", cell_cipher="sm4-gcm")
        )
    )
    assert both.decrypt(CELL, old.encrypt(CELL, "x")) == "x"
    assert both.current_version == 2
    assert both.decrypt(CELL, both.encrypt(CELL, "y")) == "y"


@pytest.mark.parametrize(
    ("keys", "index", "cipher"),
    [
        (f"1:{AES}", "", "aes-256-gcm"),
        (f"1:{AES}", INDEX, "sm4-gcm"),
        ("1:1234", INDEX, "aes-256-gcm"),
        ("one:1234", INDEX, "aes-256-gcm"),
        (f"1:{AES},1:{AES}", INDEX, "aes-256-gcm"),
        (f"1:{AES}", "zz", "aes-256-gcm"),
    ],
)
def test_keys_that_cannot_work_stop_the_start(keys: str, index: str, cipher: str) -> None:
    with pytest.raises(PrivacyError) as refusal:
        Vault(keys_from_settings(Settings(encryption_keys=keys, index_key=index, cell_cipher=cipher)))
    assert AES not in str(refusal.value)
