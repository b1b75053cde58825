"""Telephone numbers, through libphonenumber.

Sources: Meta's customer information parameters (ph), Google's UserDataFormatter (E.164).
Choices: the contact's country counts and the workspace's only when the contact has none; a contact's country that
cannot be read is not replaced by the workspace's; 00 stands for + where the country's own plan cannot read the number;
a number that begins with its own country's code and is valid behind it is international; an extension is left off, it
names a desk; letters inside a number (1-800-FLOWERS) are refused, not turned into digits.
"""

import re
from functools import lru_cache
from unicodedata import decimal

from apps.domain.identity import phone_plans
from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason

_WRITTEN = re.compile(
    r"[^\d+＋(\[]{0,30}"  # "Tel:", "mob."
    r"[(\[]?(?P<plus>[+＋]?)(?P<number>[\d\s()\[\].\-/‐-―−·\u200b-\u200f\u202a-\u202e\u2060\xad]+)"
    r"(?:[;,]?\s?(?:ext(?:ension|n)?|x|toestel|tst|poste|durchwahl|dw)[.:=]?\s?\d{1,7})?",
    re.IGNORECASE,
)
_LONGEST = 60


def meta_phone(text: str, context: Context) -> Forms:
    """Digits with the country code and without a plus."""
    return _e164_digits(text, context.dials_from)


def google_phone(text: str, context: Context) -> Forms:
    """E.164: a plus and digits with the country code."""
    digits = _e164_digits(text, context.dials_from)
    return (f"+{digits[0]}",) if isinstance(digits, tuple) else digits


def country_dialled(text: str) -> str | None:
    """The ISO code of the country that a number with a country code is of; None where it says none, or several do."""
    import phonenumbers

    if not text.strip().startswith("+"):
        return None
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return None


def _e164_digits(text: str, region: str | None) -> Forms:
    plain = text.replace(" ", "").replace("(", "").replace(")", "").replace(".", "").replace("-", "")
    digits = _in_short(plain, region)
    return (digits,) if digits else _at_length(text, region)


def _in_short(number: str, region: str | None) -> str | None:
    if not number.isascii():
        return None
    if number.isdigit():
        return phone_plans.national(number, region) if region else None
    digits = number[1:]
    return phone_plans.international(digits) if number.startswith("+") and digits.isdigit() else None


@lru_cache(maxsize=4_096)
def _at_length(text: str, region: str | None) -> Forms:
    """The library's answer, at 50 µs. The latest such spellings, never more than `maxsize`, stay in memory."""
    written = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if written is None:
        return DropReason.INVALID_PHONE
    plus = "+" if written["plus"] else ""
    number = plus + "".join(str(decimal(char)) for char in written["number"] if char.isdecimal())
    digits = _in_short(number, region)
    found = (digits,) if digits else _by_library(number, region)
    if not isinstance(found, tuple) and number.startswith("00"):
        found = _by_library(f"+{number[2:]}", None)
    return found


def _by_library(number: str, region: str | None) -> Forms:
    import phonenumbers  # 15 MB and 50 ms that a process without phones does not need

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        lacks_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and region is None
        if lacks_country and not number.startswith("+"):
            return DropReason.PHONE_WITHOUT_COUNTRY
        return DropReason.INVALID_PHONE
    if not phonenumbers.is_valid_number(parsed):
        return DropReason.INVALID_PHONE
    return (str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)).removeprefix("+"),)
