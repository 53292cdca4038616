"""Numbers that other registers issued: organisations, persons, goods, licences, accounts."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from stdnum import ean
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_10

from marketplace.core.identifiers.refusal import refuse

# A longer text is refused before any other work: no identifier here is this long.
_RAW_MAX: Final = 128

_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# The first two places name the registrar and the kind. GB 32100-2015 lets them be letters: N2 is a village
# collective economic organisation, Y another registrar.
_USCC_SHAPE: Final = re.compile(rf"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_OLD_TAX_SHAPE: Final = re.compile(r"[0-9]{6}[0-9A-Z]{9}")
_ORG_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)

_RESIDENT_SHAPE: Final = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_OLD_SHAPE: Final = re.compile(r"[0-9]{15}")

_SC_SHAPE: Final = re.compile(r"SC[12][0-9]{13}")
_LB_SHAPE: Final = re.compile(r"LB-[0-9]{2}-[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{2}[0-9]{3,5}A")
_AGI_SHAPE: Final = re.compile(r"AGI[0-9]{5}|AGI[0-9]{4}-[0-9]{2}-[0-9]{1,4}")
_GI_NOTICE_SHAPE: Final = re.compile(r"(?:国家知识产权局|国家质检总局)公告(?:[0-9]{4}年)?第[0-9]{1,4}号")


def parse_uscc(text: str, *, pointer: str = "") -> str:
    """Return a unified social credit code (统一社会信用代码, GB 32100-2015) of 18 characters.

    Both checks are made: the code's own (mod 31) and that of the organisation code inside it (GB 11714).
    Raises Invalid `uscc_shape` or `uscc_check`.
    """
    code = _compact(text, "uscc_shape", "统一社会信用代码", pointer)
    if not _USCC_SHAPE.fullmatch(code):
        refuse("uscc_shape", "统一社会信用代码应为18位数字或大写字母(不含I、O、Z、S、V)", pointer)
    if code[16] != organisation_code_check(code[8:16]) or code[17] != uscc.calc_check_digit(code[:17]):
        refuse("uscc_check", "统一社会信用代码校验位不符", pointer)
    return code


def parse_tax_number(text: str, *, pointer: str = "") -> str:
    """Return a taxpayer number (纳税人识别号): a USCC, or the 15 characters of before 2015 (6 area digits, organisation code).

    Both kinds have their check digits checked. Raises Invalid `tax_number_shape` or `tax_number_check`, of a USCC
    `uscc_shape` or `uscc_check`.
    """
    number = _compact(text, "tax_number_shape", "纳税人识别号", pointer)
    if len(number) == 18:
        return parse_uscc(number, pointer=pointer)
    if not _OLD_TAX_SHAPE.fullmatch(number):
        refuse("tax_number_shape", "纳税人识别号应为18位统一社会信用代码,或15位旧税号", pointer)
    if number[14] != organisation_code_check(number[6:14]):
        refuse("tax_number_check", "纳税人识别号校验位不符", pointer)
    return number


def organisation_code_check(body: str) -> str:
    """Return the check character of an 8-character organisation code (组织机构代码, GB 11714-1997)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[(11 - total % 11)]


def build_uscc(body: str) -> str:
    """Return the USCC of a 16-character body (registrar, kind, 6 area digits, 8 of organisation code).

    Raises Invalid `uscc_shape` when the body is not one.
    """
    # A check character X of the organisation code is in the alphabet, so every body can be completed.
    with_org = body + organisation_code_check(body[8:16]) if len(body) == 16 else body
    if not _USCC_SHAPE.fullmatch(f"{with_org}0"):
        refuse("uscc_shape", "统一社会信用代码主体应为16位")
    return with_org + str(uscc.calc_check_digit(with_org))


def parse_resident_id(text: str, today: date, *, pointer: str = "") -> str:
    """Return a resident identity number (公民身份号码, GB 11643-1999) of 18 characters, X upper case.

    A 15-digit number of the first generation is upgraded (19 before the year, check digit added). `today`
    is the Shanghai day: a birthday after it is refused. Raises Invalid `resident_id_shape`,
    `resident_id_check` or `resident_id_birthday`.
    """
    number = _compact(text, "resident_id_shape", "公民身份号码", pointer)
    if _RESIDENT_OLD_SHAPE.fullmatch(number):
        number = build_resident_id(number[:6] + "19" + number[6:])
    if not _RESIDENT_SHAPE.fullmatch(number):
        refuse("resident_id_shape", "公民身份号码应为18位(末位可为X)或15位数字", pointer)
    if number[17] != ric.calc_check_digit(number):
        refuse("resident_id_check", "公民身份号码校验位不符", pointer)
    birthday = _birthday(number)
    if birthday is None or birthday > today or birthday.year < 1850:
        refuse("resident_id_birthday", "公民身份号码中的出生日期不存在或晚于今天", pointer)
    return number


def build_resident_id(body: str) -> str:
    """Return the 18-character number of 17 digits (area 6, birthday 8, sequence 3) with its check digit."""
    return body + str(ric.calc_check_digit(f"{body}0"))


def resident_birthday(number: str) -> date:
    """Return the birthday inside a number that `parse_resident_id` accepted."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def parse_gtin(text: str, *, pointer: str = "") -> str:
    """Return a GTIN-13 (商品条码, also EAN-13) or GTIN-14 (箱码) as its digits.

    Raises Invalid `gtin_shape` or `gtin_check`. In-store codes (20–29, weighed goods) are accepted.
    """
    digits = _compact(text, "gtin_shape", "商品条码", pointer)
    if not re.fullmatch(r"[0-9]{13,14}", digits):
        refuse("gtin_shape", "商品条码应为13位或14位数字", pointer)
    if not ean.is_valid(digits):
        refuse("gtin_check", "商品条码校验位不符", pointer)
    return digits


def parse_sc_licence(text: str, *, pointer: str = "") -> str:
    """Return a food production licence number (食品生产许可证编号): SC and 14 digits, check ISO 7064 MOD 11,10.

    Raises Invalid `sc_licence_shape` or `sc_licence_check`. QS numbers are void since 2018-10-01.
    """
    number = _compact(text, "sc_licence_shape", "食品生产许可证编号", pointer)
    if not _SC_SHAPE.fullmatch(number):
        refuse("sc_licence_shape", "食品生产许可证编号应为SC加14位数字(QS编号已停用)", pointer)
    if not mod_11_10.is_valid(number[2:]):
        refuse("sc_licence_check", "食品生产许可证编号校验位不符", pointer)
    return number


def build_sc_licence(body: str) -> str:
    """Return the SC number of 13 digits (food class 3, area 6, sequence 4) with its check digit."""
    return f"SC{body}{mod_11_10.calc_check_digit(body)}"


def parse_green_food_no(text: str, *, pointer: str = "") -> str:
    """Return a green-food product number (绿色食品标志编号) `LB-cc-yymmppnnnnA`, serial of 3 to 5 digits.

    Raises Invalid `green_food_no_shape`: there is no check digit.
    """
    number = _compact(text, "green_food_no_shape", "绿色食品标志编号", pointer)
    if not _LB_SHAPE.fullmatch(number):
        refuse("green_food_no_shape", "绿色食品标志编号应形如LB-15-1711196965A", pointer)
    return number


def parse_geographical_indication(text: str, *, pointer: str = "") -> str:
    """Return a geographical-indication number (地理标志): `AGI00296`, `AGI2012-02-869` or a notice of the
    national office such as 国家知识产权局公告第319号. Raises Invalid `gi_no_shape`.
    """
    number = _compact(text, "gi_no_shape", "地理标志编号", pointer)
    if not (_AGI_SHAPE.fullmatch(number) or _GI_NOTICE_SHAPE.fullmatch(number)):
        refuse(
            "gi_no_shape", "地理标志编号应形如AGI00296、AGI2012-02-869或国家知识产权局公告第319号", pointer
        )
    return number


def parse_mobile(text: str, *, pointer: str = "") -> str:
    """Return a mainland mobile number as 11 digits, without +86. Raises Invalid `mobile_shape`."""
    digits = _compact(text, "mobile_shape", "手机号码", pointer).removeprefix("+86").replace("-", "")
    if not re.fullmatch(r"1[3-9][0-9]{9}", digits):
        refuse("mobile_shape", "手机号码应为11位数字", pointer)
    return digits


def parse_telephone(text: str, *, pointer: str = "") -> str:
    """Return a telephone number: a mobile one as 11 digits, a landline as ``0753-2200000``, ``0753-2200000-801``.

    Raises Invalid `telephone_shape`.
    """
    digits = _compact(text, "telephone_shape", "电话号码", pointer).removeprefix("+86")
    if re.fullmatch(r"1[3-9][0-9-]{9,12}", digits):
        return parse_mobile(digits, pointer=pointer)
    # 010 and 02x have three figures, all other area codes four.
    landline = re.fullmatch(
        r"\(?(010|02[0-9]|0[3-9][0-9]{2})\)?-?([2-9][0-9]{6,7})(?:(?:-|转)([0-9]{1,6}))?", digits
    )
    if landline is None:
        refuse("telephone_shape", "电话号码应为手机号码或带区号的固定电话", pointer)
    return "-".join(part for part in landline.groups() if part)


def parse_bank_account(text: str, *, pointer: str = "") -> str:
    """Return a bank account (银行账号) as its digits, 8 to 32. Raises Invalid `bank_account_shape`."""
    digits = _compact(text, "bank_account_shape", "银行账号", pointer).replace("-", "")
    if not re.fullmatch(r"[0-9]{8,32}", digits):
        refuse("bank_account_shape", "银行账号应为8至32位数字", pointer)
    return digits


def _compact(text: str, code: str, title: str, pointer: str) -> str:
    """NFKC (full-width forms become ASCII), all white space gone, letters upper case."""
    if len(text) > _RAW_MAX:
        refuse(code, f"{title}过长", pointer)
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _birthday(number: str) -> date | None:
    try:
        return resident_birthday(number)
    except ValueError:
        return None
