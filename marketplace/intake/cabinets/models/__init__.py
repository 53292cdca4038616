"""The tables of cabinets, one file per subject."""

from marketplace.intake.cabinets.models.plans import Cabinet, Planogram, PlanogramSlot
from marketplace.intake.cabinets.models.pulse import Pulse
from marketplace.intake.cabinets.models.stock import CabinetFinding, CabinetMovement, CabinetStock
from marketplace.intake.cabinets.models.tasks import CabinetTask, GoodsRecall

__all__ = [
    "Cabinet",
    "CabinetFinding",
    "CabinetMovement",
    "CabinetStock",
    "CabinetTask",
    "GoodsRecall",
    "Planogram",
    "PlanogramSlot",
    "Pulse",
]
