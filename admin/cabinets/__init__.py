"""专柜: what is to be done at cabinets, recalls, and what stands in them: plan, goods brought and counted, movements."""

from admin.cabinets.planning import pages as planning
from admin.cabinets.recalls import pages as recalls
from admin.cabinets.standing import pages as standing
from admin.cabinets.stocking import pages as stocking
from admin.cabinets.tasks import pages as tasks

PAGES = (tasks, recalls, standing, stocking, planning)

__all__ = ["PAGES"]
