"""Households with their histories, linkage agreements as versions, rosters, proven payments.

Person data is here and nowhere else, encrypted per cell (`core.privacy`).
"""

from marketplace.beneficiaries.models.agreements import (
    ActivityReport,
    Agreement,
    AgreementProduct,
    AgreementVersion,
    PaymentList,
    PaymentListRow,
    RosterShare,
)
from marketplace.beneficiaries.models.households import (
    Household,
    HouseholdMember,
    HouseholdStatus,
    VillageCollective,
)

__all__ = [
    "ActivityReport",
    "Agreement",
    "AgreementProduct",
    "AgreementVersion",
    "Household",
    "HouseholdMember",
    "HouseholdStatus",
    "PaymentList",
    "PaymentListRow",
    "RosterShare",
    "VillageCollective",
]
