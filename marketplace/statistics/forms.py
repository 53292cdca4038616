"""What an official form carries besides its figures: approval at its top right, who filled it in at its foot.

An installation says so in a TOML file (setting ``SANZHUAN_FORMS_FILE``): ``[defaults]`` for all reports, ``[R1]`` … for one. A
report that nobody approved as a form is an internal register and says that: 内部管理台账 (docs/rules.md, "Official forms").
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

from marketplace.core.settings import SettingsError

INTERNAL: Final = "内部管理台账"
_LONGEST: Final = 100


@dataclass(frozen=True)
class Form:
    """Head (表号 … 有效期限) and foot (填报单位 … 报出日期) of a report's form; empty where an installation says nothing."""

    form_no: str = ""
    issued_by: str = ""
    approved_by: str = ""
    document_no: str = ""
    valid_until: str = ""
    reporting_unit: str = ""
    unit_head: str = ""
    statistics_head: str = ""
    filled_by: str = ""
    reported_on: str = ""

    @property
    def head(self) -> list[tuple[str, str]]:
        """Label and value of the approval; one line without label where there is none, 内部管理台账 where a part is missing."""
        found = [(title, getattr(self, name)) for name, title in HEAD.items()]
        if not any(value for _, value in found):
            return [("", INTERNAL)]
        return [(title, value or INTERNAL) for title, value in found]

    @property
    def foot(self) -> list[tuple[str, str]]:
        """Label and value of who answers for it; an empty value is a line to be signed."""
        return [(title, getattr(self, name)) for name, title in FOOT.items()]


HEAD: Final = {
    "form_no": "表号",
    "issued_by": "制表机关",
    "approved_by": "批准(备案)机关",
    "document_no": "文号",
    "valid_until": "有效期限",
}
FOOT: Final = {
    "reporting_unit": "填报单位(章)",
    "unit_head": "单位负责人",
    "statistics_head": "统计负责人",
    "filled_by": "填表人",
    "reported_on": "报出日期",
}
_NAMES: Final = frozenset(field.name for field in fields(Form))
_installed: dict[str, Form] = {}


def install(path: str, codes: tuple[str, ...]) -> None:
    """Read the file of this installation's forms; an empty path means none. `codes` are the reports that there are.

    Raises SettingsError for a file that cannot be read, a section that is no report, a name that is no part of a form.
    """
    _installed.clear()
    if not path:
        return
    try:
        read = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"SANZHUAN_FORMS_FILE {path} cannot be read: {error}") from error
    unknown = sorted(set(read) - {"defaults", *codes})
    if unknown:
        raise SettingsError(f"SANZHUAN_FORMS_FILE has sections that are no report: {', '.join(unknown)}")
    defaults = replace(Form(), **_section(read, "defaults"))
    _installed.update({code: replace(defaults, **_section(read, code)) for code in codes})


def form_of(code: str) -> Form:
    """The form of a report; an empty one where the installation says nothing."""
    return _installed.get(code, Form())


def _section(read: Mapping[str, object], name: str) -> dict[str, str]:
    section = read.get(name, {})
    if not isinstance(section, dict):
        raise SettingsError(f"SANZHUAN_FORMS_FILE: {name} is no table")
    for key, value in section.items():
        if key not in _NAMES:
            raise SettingsError(
                f"SANZHUAN_FORMS_FILE: [{name}] has no {key}; known: {', '.join(sorted(_NAMES))}"
            )
        if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
            raise SettingsError(
                f"SANZHUAN_FORMS_FILE: {name}.{key} must be one line of at most {_LONGEST} characters"
            )
    return section
