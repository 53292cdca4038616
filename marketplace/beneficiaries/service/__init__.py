"""Use cases of beneficiaries, one a file. Services take the session first and flush; the entry point
commits.
"""

from marketplace.beneficiaries.service import lists, masked, villages
from marketplace.beneficiaries.service.active import (
    ActiveVersion,
    PeriodVersion,
    period_versions,
    versions_active_for,
    versions_active_on,
)
from marketplace.beneficiaries.service.activity import report_activity
from marketplace.beneficiaries.service.agreements import NewVersion, create_agreement, draft_version
from marketplace.beneficiaries.service.bulk import load_households
from marketplace.beneficiaries.service.collectives import register_collective
from marketplace.beneficiaries.service.coverage import Coverage
from marketplace.beneficiaries.service.decisions import (
    approve_version,
    end_version,
    refuse_version,
    submit_version,
)
from marketplace.beneficiaries.service.household_files import import_register
from marketplace.beneficiaries.service.households import (
    NewHousehold,
    Standing,
    change_standing,
    register,
)
from marketplace.beneficiaries.service.identity import Identity
from marketplace.beneficiaries.service.members import NewMember, add_member, end_member
from marketplace.beneficiaries.service.payment_files import PaymentFile, import_file
from marketplace.beneficiaries.service.payments import NewPaymentList, Proven, import_list, proven
from marketplace.beneficiaries.service.rosters import bitmaps, read_roster
from marketplace.beneficiaries.service.rosters_renewed import read_roster_file
from marketplace.beneficiaries.service.standings import StandingCount, count_standings

__all__ = [
    "ActiveVersion",
    "Coverage",
    "Identity",
    "NewHousehold",
    "NewMember",
    "NewPaymentList",
    "NewVersion",
    "PaymentFile",
    "PeriodVersion",
    "Proven",
    "Standing",
    "StandingCount",
    "add_member",
    "approve_version",
    "bitmaps",
    "change_standing",
    "count_standings",
    "create_agreement",
    "draft_version",
    "end_member",
    "end_version",
    "import_file",
    "import_list",
    "import_register",
    "lists",
    "load_households",
    "masked",
    "period_versions",
    "proven",
    "read_roster",
    "read_roster_file",
    "refuse_version",
    "register",
    "register_collective",
    "report_activity",
    "submit_version",
    "versions_active_for",
    "versions_active_on",
    "villages",
]
