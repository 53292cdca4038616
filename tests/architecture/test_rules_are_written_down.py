"""A docstring that names a section of docs/rules.md names one that is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r'docs/rules\.md,\s+"([^"]+)"')


def test_every_section_that_the_code_names_exists() -> None:
    sections = set(
        re.findall(r"^## (.+)$", (ROOT / "docs/rules.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        (str(path.relative_to(ROOT)), " ".join(name.split()))
        for folder in ("marketplace", "search", "admin")
        for path in (ROOT / folder).rglob("*.py")
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert {one for one in named if one[1] not in sections} == set()
    assert len(named) > 30
