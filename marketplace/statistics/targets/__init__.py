"""Targets of areas and sectors as versions, lists of them out of spreadsheets, and figures declared by others."""

from marketplace.statistics.targets.declared import (
    DECLARED_MEASURES,
    beside_computed,
    declare,
    declare_amount,
    declared_beside_computed,
    declared_exists,
)
from marketplace.statistics.targets.imports import TargetImport, import_targets, read_targets
from marketplace.statistics.targets.measures import CODES, TARGET_MEASURES, target_measure
from marketplace.statistics.targets.service import (
    NewTarget,
    list_targets,
    pair_targets_of,
    relative_targets_of,
    set_target,
    targets_of,
)

__all__ = [
    "CODES",
    "DECLARED_MEASURES",
    "TARGET_MEASURES",
    "NewTarget",
    "TargetImport",
    "beside_computed",
    "declare",
    "declare_amount",
    "declared_beside_computed",
    "declared_exists",
    "import_targets",
    "list_targets",
    "pair_targets_of",
    "read_targets",
    "relative_targets_of",
    "set_target",
    "target_measure",
    "targets_of",
]
