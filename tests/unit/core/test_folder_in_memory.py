"""Where a test run keeps its servers' files."""

from __future__ import annotations

from pathlib import Path

from tests.support.memory import ROOM, folder_in_memory


def test_a_folder_with_room_is_taken(tmp_path: Path) -> None:
    assert folder_in_memory(tmp_path, room=1) == tmp_path


def test_where_there_is_too_little_room_or_no_such_folder_the_ordinary_one_is_used(tmp_path: Path) -> None:
    assert folder_in_memory(tmp_path, room=ROOM << 20) is None
    assert folder_in_memory(tmp_path / "none", room=1) is None
