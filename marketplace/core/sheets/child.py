"""Runs alone in a process of its own: reads one checked workbook and prints its cells as JSON lines.

Started with ``python -I child.py FILE SHEET MEMORY CPU OUTPUT``; it imports nothing of this project. Limits are set
before the reader is loaded, because the reader aborts the process when memory ends (that cannot be caught). A line is
``["row", number, [cells]]``; a cell is null, text, true/false, ``{"n": "12.5"}`` or ``{"d": "2020-09-01"}``. The last
line is ``["end", rows]`` or ``["refused", code, place…]``.
"""

import datetime as dt
import json
import resource
import sys


def main() -> int:
    """Read the sheet named in the arguments; empty for the only one that holds data."""
    path, sheet_name, memory, cpu, output = sys.argv[1], sys.argv[2], *(int(a) for a in sys.argv[3:6])
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = book.sheet_names
        if sheet_name:
            chosen = [sheet_name] if sheet_name in names else []
        else:
            chosen = [name for name in names if book.get_sheet_by_name(name).height]
        if len(chosen) != 1:
            say(["refused", "several_sheets" if chosen else "sheet_missing", *chosen])
            return 0
        sheet = book.get_sheet_by_name(chosen[0])
        rows = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        say(["refused", "reader_failed", type(error).__name__])
        return 0
    count = 0
    for number, row in enumerate(rows, start=1):
        cells = [plain(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            count += 1
            say(["row", number, cells])
    say(["end", count])
    return 0


def plain(cell: object) -> object:
    """A cell as JSON that keeps its type."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool | str):
        return cell
    if isinstance(cell, int | float):
        return {"n": repr(cell)}
    if isinstance(cell, dt.date | dt.time):
        return {"d": cell.isoformat()}
    return {"o": type(cell).__name__}


def say(line: list[object]) -> None:
    """One line of the answer."""
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    sys.exit(main())
