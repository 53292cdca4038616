"""Keys that sign what is published: versions, checks by the public key alone, and settings that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.core.settings import Settings, SettingsError
from marketplace.core.signing import Signer, is_signed, signer_from_settings

OLD, NEW = "1:" + "11" * 32, "2:" + "22" * 32


def signer(keys: str) -> Signer:
    found = signer_from_settings(Settings(signing_keys=keys))
    assert found is not None
    return found


def test_the_newest_key_signs_and_what_an_older_one_signed_is_still_checked() -> None:
    before, after = signer(OLD).sign(b"imprint"), signer(f"{OLD}, {NEW}").sign(b"imprint")
    assert (before.key_version, after.key_version) == (1, 2)
    assert before.public_key != after.public_key
    for one in (before, after):
        assert is_signed(b"imprint", one.signature, one.public_key)
        assert not is_signed(b"imprints", one.signature, one.public_key)
    assert not is_signed(b"imprint", before.signature, after.public_key)
    assert not is_signed(b"imprint", b"", b"short")
    assert signer(f"{OLD},{NEW}").public_keys() == {1: before.public_key, 2: after.public_key}


def test_the_same_bytes_and_key_give_the_same_signature() -> None:
    assert signer(OLD).sign(b"imprint") == signer(OLD).sign(b"imprint")


@pytest.mark.parametrize("keys", ["11" * 32, "1:zz", "1:" + "11" * 31, f"{OLD},{OLD}", "x:" + "11" * 32, ","])
def test_a_setting_that_is_no_key_stops_the_start_without_repeating_it(keys: str) -> None:
    with pytest.raises(SettingsError) as refused:
        signer(keys)
    assert "11" * 31 not in str(refused.value)


def test_a_key_is_made_for_the_embedded_database_alone_and_stays(tmp_path: Path) -> None:
    made = signer_from_settings(Settings(data_dir=tmp_path))
    again = signer_from_settings(Settings(data_dir=tmp_path))
    assert made is not None
    assert again is not None
    assert made.sign(b"imprint") == again.sign(b"imprint")
    assert (tmp_path / "signing.txt").stat().st_mode & 0o777 == 0o600
    assert signer_from_settings(Settings(database_url="postgresql://elsewhere", data_dir=tmp_path)) is None
