"""The linkage modes (利益联结模式), one module each. A new mode is a new file and one name in this tuple."""

from __future__ import annotations

from typing import Final

from marketplace.beneficiaries.linkage import (
    contract_purchase,
    custody,
    employment,
    fixed_asset_return,
    floor_price,
    land_transfer,
    member_rebate,
    processing,
    public_post,
    pv_income,
    sales_rebate,
    secondary_split,
    share_dividend,
    technical_support,
)
from marketplace.beneficiaries.linkage.protocol import (
    INCOME_GROUPS,
    LinkageMode,
    PeriodFacts,
    SaleFacts,
    Terms,
)

LINKAGE_MODES: Final[tuple[LinkageMode, ...]] = (
    employment.MODE,
    land_transfer.MODE,
    contract_purchase.MODE,
    floor_price.MODE,
    share_dividend.MODE,
    fixed_asset_return.MODE,
    custody.MODE,
    sales_rebate.MODE,
    member_rebate.MODE,
    secondary_split.MODE,
    pv_income.MODE,
    public_post.MODE,
    processing.MODE,
    technical_support.MODE,
)
_BY_CODE: Final = {mode.code: mode for mode in LINKAGE_MODES}


def linkage_mode(code: str) -> LinkageMode:
    """The mode with that code; KeyError if there is none."""
    return _BY_CODE[code]


__all__ = [
    "INCOME_GROUPS",
    "LINKAGE_MODES",
    "LinkageMode",
    "PeriodFacts",
    "SaleFacts",
    "Terms",
    "linkage_mode",
]
