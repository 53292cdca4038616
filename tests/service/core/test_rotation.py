"""Key rotation: everything moves to the newest key, in batches, and a killed run loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Person
from marketplace.accounts.service import people
from marketplace.core import files, privacy, rotation
from marketplace.core.actor import system_actor
from marketplace.core.db import Database, transaction
from marketplace.core.privacy import Cell, PrivacyError, Vault
from marketplace.core.settings import Settings

OLD, NEW, INDEX = "11" * 32, "44" * 16, "22" * 32


def _vault(keys: str, cipher: str = "aes-256-gcm") -> Vault:
    settings = Settings(encryption_keys=keys, index_key=INDEX, cell_cipher=cipher)
    return Vault(privacy.keys_from_settings(settings))


@pytest.fixture
def old_key() -> Iterator[None]:
    before = privacy.vault()
    privacy.install(_vault(f"1:{OLD}"))
    yield
    privacy.install(before)


def _people(session: Session, count: int) -> None:
    for number in range(count):
        people.add_person(session, system_actor(), f"经办员{number}", phone=f"138123412{number:02d}")


def _phones() -> list[str]:
    """In their own order: ids made within one millisecond are in none."""
    with transaction() as session:
        rows = session.scalars(select(Person)).all()
        return sorted(
            privacy.vault().decrypt(Cell("accounts.person", "phone_enc", row.id), row.phone_enc or b"")
            for row in rows
        )


def test_every_cell_moves_to_the_newest_key_and_the_old_one_can_go(database: Database, old_key: None) -> None:
    with transaction() as session:
        _people(session, 7)
    privacy.install(_vault(f"1:{OLD},2:{NEW}", "sm4-gcm"))
    with transaction() as session:
        assert rotation.cells_left(session) == {"accounts.person.phone_enc": 7}
    assert rotation.rotate_cells(batch=3) == 7
    assert rotation.rotate_cells(batch=3) == 0
    with transaction() as session:
        assert rotation.cells_left(session) == {}
    privacy.install(_vault(f"2:{NEW}", "sm4-gcm"))
    assert _phones() == [f"138123412{number:02d}" for number in range(7)]


def test_a_run_killed_in_the_middle_is_readable_and_goes_on(
    database: Database, old_key: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as session:
        _people(session, 6)
    privacy.install(_vault(f"1:{OLD},2:{NEW}", "sm4-gcm"))
    calls: list[int] = []
    real = rotation.rotate_batch

    def dying(session: Session, column: object, limit: int) -> int:
        done = real(session, column, limit)  # type: ignore[arg-type]
        calls.append(done)
        if sum(calls) > 3:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(rotation, "rotate_batch", dying)
    with pytest.raises(KeyboardInterrupt):
        rotation.rotate_cells(batch=2)
    monkeypatch.undo()
    with transaction() as session:
        assert rotation.cells_left(session) == {"accounts.person.phone_enc": 4}
    assert len(_phones()) == 6
    assert rotation.rotate_cells(batch=2) == 4


def test_a_cell_that_cannot_be_read_stops_the_run(database: Database, old_key: None) -> None:
    with transaction() as session:
        _people(session, 1)
    privacy.install(_vault(f"1:{'55' * 32},2:{NEW}", "sm4-gcm"))
    with pytest.raises(PrivacyError, match="wrong key"):
        rotation.rotate_cells()


def test_every_slice_with_personal_cells_is_found_by_the_name_of_its_columns() -> None:
    names = {f"{column.table.fullname}.{column.name}" for column in rotation.encrypted_columns()}
    assert {
        "accounts.organisation.bank_account_enc",
        "accounts.person.mail_enc",
        "accounts.person.phone_enc",
        "beneficiaries.household.head_id_enc",
        "beneficiaries.household_member.id_enc",
        "certification.objection.text_enc",
        "orders.sales_order.deliver_to_enc",
        "producers.producer.contact_enc",
    } <= names


def test_restricted_files_are_sealed_anew_and_read_the_same(
    database: Database, old_key: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_root", tmp_path)
    content = b"%PDF-1.7 wages"
    with transaction() as session:
        stored = files.store(
            session,
            system_actor(),
            name="工资表.pdf",
            content=content,
            file_class="restricted",
            area_code="441403",
        )
        file_id = stored.id
    privacy.install(_vault(f"1:{OLD},2:{NEW}", "sm4-gcm"))
    with transaction() as session:
        assert rotation.files_left(session) == 1
    assert rotation.rotate_files() == 1
    assert rotation.rotate_files() == 0
    privacy.install(_vault(f"2:{NEW}", "sm4-gcm"))
    with transaction() as session:
        assert files.read(session, system_actor(), file_id, purpose="核查") == content
