"""Administrative divisions: what a code means on a day, what lies in what, and which code a published name stands for.

`table` reads the lists, `codes` answers about codes, `names` about published names. Rules in docs/rules.md, "Administrative
divisions".
"""

from marketplace.core.divisions.codes import (
    at_level,
    canonical,
    children,
    covers,
    former,
    full_name,
    get,
    is_known,
    level_of,
    lineage,
    name,
    pad12,
    prefix,
    resolve,
)
from marketplace.core.divisions.names import find
from marketplace.core.divisions.table import LEVELS, NATION, Division

__all__ = [
    "LEVELS",
    "NATION",
    "Division",
    "at_level",
    "canonical",
    "children",
    "covers",
    "find",
    "former",
    "full_name",
    "get",
    "is_known",
    "level_of",
    "lineage",
    "name",
    "pad12",
    "prefix",
    "resolve",
]
