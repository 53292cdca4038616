"""Numbers and names that other registers issued, brought to one normal form and checked.

Every function takes what a person or a spreadsheet typed and returns the one form that is stored, compared
and hashed; what cannot be that number raises `Invalid` with a stable code, pointing at `pointer`. The texts of the refusals never
repeat the value, because half of these are personal data. `build_*` complete a body with its check digits:
demonstration data needs numbers that are well formed.

Sources: domain notes in docs/rules.md, section "Identifiers".
"""

from marketplace.core.identifiers.names import NAME_MAX, parse_person_name
from marketplace.core.identifiers.numbers import (
    build_resident_id,
    build_sc_licence,
    build_uscc,
    organisation_code_check,
    parse_bank_account,
    parse_geographical_indication,
    parse_green_food_no,
    parse_gtin,
    parse_mobile,
    parse_resident_id,
    parse_sc_licence,
    parse_tax_number,
    parse_telephone,
    parse_uscc,
    resident_birthday,
)

__all__ = [
    "NAME_MAX",
    "build_resident_id",
    "build_sc_licence",
    "build_uscc",
    "organisation_code_check",
    "parse_bank_account",
    "parse_geographical_indication",
    "parse_green_food_no",
    "parse_gtin",
    "parse_mobile",
    "parse_person_name",
    "parse_resident_id",
    "parse_sc_licence",
    "parse_tax_number",
    "parse_telephone",
    "parse_uscc",
    "resident_birthday",
]
