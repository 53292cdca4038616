"""What is shown to people of a number, a name or a count. Source: docs/rules.md, "Personal data"."""

from __future__ import annotations

from typing import Final

PUBLIC_MIN: Final = 3  # households; a smaller count is not published
FEW_HOUSEHOLDS: Final = "少于3户"


def mask_name(name: str) -> str:
    """张三丰 → 张*: the first character (a code point) and one star, whatever the length."""
    return f"{name[:1]}*"


def mask_resident_id(number: str) -> str:
    """First 6, eight stars, last 4: for staff whose role shows it; never public."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}" if len(number) == 18 else "*" * 8


def mask_phone(number: str) -> str:
    """13812341234 → 138****1234; of a shorter number only the last 2 stay."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else f"****{number[-2:]}"


def mask_bank_account(account: str) -> str:
    """The last 4 digits after ``**** ``."""
    return f"**** {account[-4:]}" if len(account) >= 8 else "****"


def public_count(households: int) -> str:
    """A number of households as anything public prints it: 少于3户 under 3, else the digits."""
    return FEW_HOUSEHOLDS if households < PUBLIC_MIN else str(households)


def public_number(households: int) -> int | None:
    """The same for JSON: None under 3."""
    return None if households < PUBLIC_MIN else households


def public_sort_key(households: int) -> int:
    """What a public list sorts by: everything under 3 sorts as 0, so that order gives nothing away."""
    return 0 if households < PUBLIC_MIN else households
