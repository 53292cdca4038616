"""A file is what its bytes are, lies under a generated name, and a restricted one is sealed and its reading recorded."""

import uuid
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from marketplace.core import files
from marketplace.core.actor import Actor, Held, system_actor
from marketplace.core.clock import frozen_at, shanghai
from marketplace.core.errors import Forbidden, Invalid, NotFound, TooLarge
from marketplace.core.file_types import media_type_of
from marketplace.core.models import AuditRecord, StoredFile

PDF = b"%PDF-1.7 report"


def zipped(*names: str) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "<a/>")
    return held.getvalue()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_root", tmp_path)
    return tmp_path


def clerk(owner, *permissions):
    return Actor(
        uuid.uuid4(), uuid.uuid4(), owner, (Held("producer", frozenset(permissions), "000000", owner),)
    )


def stored(session):
    return session.scalar(select(func.count()).select_from(StoredFile))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PDF, "application/pdf"), (b"\x89PNG\r\n\x1a\nrest", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"),
     (b"PK\x03\x04rest", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
     (zipped("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
     (zipped("Doc_0/OFD.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
     ("户主,金额\r\n".encode(), "text/plain"),
     ("户主,金额\r\n".encode("gbk"), "text/plain")],
)  # fmt: skip
def test_the_type_is_what_the_bytes_are(content, media_type):
    assert media_type_of(content) == media_type


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"\x00\x01", b"\x81\x20\xff", b"\x1b[31m"])
def test_other_bytes_are_refused(content):
    with pytest.raises(Invalid) as refusal:
        media_type_of(content)
    assert refusal.value.code == "file_type"


def test_a_file_lies_under_a_generated_name_and_comes_back_whole(session, place):
    row = files.store(session, system_actor(), name="../../etc/报告.exe", content=PDF)
    assert row.media_type == "application/pdf"
    assert [path.name for path in place.rglob("*") if path.is_file()] == [row.id.hex]
    assert files.read(session, system_actor(), row.id, purpose="") == PDF
    assert session.scalars(select(AuditRecord.action)).all() == ["core.file.stored", "core.file.read"]


def test_a_restricted_file_is_sealed_on_disk_and_asks_for_a_purpose(session, place, vault_installed):
    row = files.store(session, system_actor(), name="工资表.pdf", content=PDF, file_class="restricted")
    assert PDF not in next(path for path in place.rglob("*") if path.is_file()).read_bytes()
    with pytest.raises(Invalid) as refusal:
        files.read(session, system_actor(), row.id, purpose=" ")
    assert refusal.value.code == "purpose"
    assert files.read(session, system_actor(), row.id, purpose="核对工资") == PDF
    assert session.scalars(select(AuditRecord.purpose)).all()[-1] == "核对工资"


@pytest.fixture
def vault_installed(app):
    """The keys that the application of the tests installed."""
    return app


def test_only_the_owner_reads_an_internal_file_and_others_do_not_learn_of_it(session):
    owner, other = uuid.uuid4(), uuid.uuid4()
    row = files.store(session, clerk(owner, "files.upload"), name="执照.pdf", content=PDF, owner_id=owner)
    assert files.read(session, clerk(owner, "files.read"), row.id, purpose="") == PDF
    with pytest.raises(NotFound):
        files.read(session, clerk(other, "files.read"), row.id, purpose="")
    with pytest.raises(Forbidden):
        files.store(session, clerk(other, "files.upload"), name="执照.pdf", content=PDF, owner_id=owner)
    assert stored(session) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [({"file_class": "secret"}, "file_class"), ({"name": " "}, "file_name"), ({"name": "a\nb"}, "file_name"),
     ({"name": "长" * 201}, "file_name"), ({"content": b""}, "file_empty"), ({"content": b"\x00"}, "file_type")],
)  # fmt: skip
def test_a_bad_file_is_refused_and_nothing_is_kept(session, place, change, code):
    with pytest.raises(Invalid) as refusal:
        files.store(session, system_actor(), **({"name": "报告.pdf", "content": PDF} | change))
    assert refusal.value.code == code
    assert stored(session) == 0
    assert not list(place.rglob("*"))


def test_more_than_20_mib_is_too_large(session):
    with pytest.raises(TooLarge):
        files.store(session, system_actor(), name="大.pdf", content=PDF + b"0" * files.MAX_BYTES)
    assert stored(session) == 0


def test_altered_bytes_are_noticed(session, place):
    row = files.store(session, system_actor(), name="报告.pdf", content=PDF)
    next(path for path in place.rglob("*") if path.is_file()).write_bytes(PDF + b"!")
    with pytest.raises(RuntimeError, match="not what was stored"):
        files.read(session, system_actor(), row.id, purpose="")


def test_who_read_the_clock_before_the_taker_and_waited_for_the_row_gets_nothing(session):
    """A taken file is over for every clock: two who ask at once read it in one order and may get the row in the other."""
    taken_at = shanghai(2020, 10, 1, 12)
    with frozen_at(taken_at - timedelta(hours=1)):
        row = files.store(
            session, system_actor(), name="x.pdf", content=PDF, delete_after=taken_at + timedelta(hours=23)
        )
    with frozen_at(taken_at):
        assert files.take_once(session, system_actor(), row.id) == PDF
    with frozen_at(taken_at - timedelta(milliseconds=5)):
        assert files.take_once(session, system_actor(), row.id) is None
        with pytest.raises(NotFound):
            files.read(session, system_actor(), row.id, purpose="")
        assert files.delete_expired(session) == 1
    actions = session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert actions == ["core.file.stored", "core.file.taken", "core.file.deleted"]
