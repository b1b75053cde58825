"""The short way through libphonenumber's own tables, for the numbers that need none of its cunning.

The library's `parse` and `is_valid_number` take about 50 µs, most of it to look for what is rarely there: carrier
codes, extensions, prefixes of other countries. This module reads the same metadata once per numbering plan and answers
in about 2 µs. It only ever says yes: whatever it does not recognise goes the library's way, and a property test holds
the two answers equal.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata, PhoneNumberDesc

_TYPES = (  # what people leave most comes first
    "mobile",
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)


class _Region(NamedTuple):
    """One region of a numbering plan: the first digits it is told by, if any, and what its numbers look like."""

    leading: re.Pattern[str] | None
    valid: re.Pattern[str]


class _Dialling(NamedTuple):
    """How people of one region write a number of their own."""

    calling_code: str
    shares_its_code: bool  # +1 and +44 belong to more than one region
    international: re.Pattern[str] | None
    national: re.Pattern[str] | None
    rewrites: bool  # some of the national prefixes change the number instead of being cut off
    valid: re.Pattern[str]


def international(digits: str, *, with_prefix: bool = True) -> str | None:
    """The E.164 digits of a number that was written with its country code, or None when the library must look.

    `with_prefix`: also where the national prefix stands behind the code, as in +31 (0)20.
    """
    for length in (1, 2, 3):
        prefix = digits[:length]
        if prefix in _calling_codes():
            number = digits[length:]
            dialling = _main_dialling(prefix)
            if dialling is None:
                return None
            if dialling.national and dialling.national.match(number):
                return _as_dialled(number, dialling) if with_prefix else None
            return digits if _is_valid(prefix, number) else None
    return None


def national(digits: str, region: str) -> str | None:
    """The E.164 digits of a number as it is dialled inside `region` (ISO), or None when the library must look."""
    dialling = _dialling(region)
    if dialling is None:
        return None
    if digits.startswith(dialling.calling_code):
        return international(digits, with_prefix=False)
    if dialling.international and (abroad := dialling.international.match(digits)):
        return international(digits[abroad.end() :])
    return _as_dialled(digits, dialling)


def _as_dialled(digits: str, dialling: _Dialling) -> str | None:
    """The E.164 digits of a number with or without the national prefix, or None when the library must look."""
    prefix = dialling.national.match(digits) if dialling.national else None
    if prefix and dialling.rewrites and prefix.groups()[-1] is not None:
        return None
    number = digits[prefix.end() :] if prefix else digits
    if not dialling.valid.fullmatch(number):
        return None
    if dialling.shares_its_code and not _is_valid(dialling.calling_code, number):
        return None
    return dialling.calling_code + number


def _is_valid(calling_code: str, number: str) -> bool:
    for region in _regions(calling_code):
        if region.leading is None:
            if region.valid.fullmatch(number):
                return True
        elif region.leading.match(number):
            return region.valid.fullmatch(number) is not None
    return False


@cache
def _calling_codes() -> dict[str, tuple[str, ...]]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return {str(code): tuple(regions) for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()}


@cache
def _regions(calling_code: str) -> tuple[_Region, ...]:
    plans = (_metadata(region) for region in _calling_codes()[calling_code])
    return tuple(_Region(_compiled(plan.leading_digits), _validity(plan)) for plan in plans if plan is not None)


@cache
def _main_dialling(calling_code: str) -> _Dialling | None:
    return _dialling(_calling_codes()[calling_code][0])


@cache
def _dialling(region: str) -> _Dialling | None:
    plan = _metadata(region)
    if plan is None:
        return None
    calling_code = str(plan.country_code)
    return _Dialling(
        calling_code,
        len(_calling_codes()[calling_code]) > 1,
        _compiled(plan.international_prefix),
        _compiled(plan.national_prefix_for_parsing),
        bool(plan.national_prefix_transform_rule),
        _validity(plan),
    )


def _metadata(region: str) -> "PhoneMetadata | None":
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region(region, None)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def _validity(plan: "PhoneMetadata") -> re.Pattern[str]:
    """Matches the whole of exactly those numbers that the library calls valid in this region."""
    kinds = filter(None, map(_pattern, (getattr(plan, name) for name in _TYPES)))
    return re.compile(f"(?={_pattern(plan.general_desc)}\\Z)(?:{'|'.join(kinds)})")


def _pattern(kind: "PhoneNumberDesc | None") -> str:
    """One type of number: its possible lengths, where they are told, and its digits. "" when there is none of it."""
    if kind is None or not kind.national_number_pattern:
        return ""
    lengths = sorted(length for length in kind.possible_length if length > 0)
    if not lengths:
        return f"(?:{kind.national_number_pattern})"
    in_a_row = lengths[-1] - lengths[0] == len(lengths) - 1
    digits = f"[0-9]{{{lengths[0]},{lengths[-1]}}}" if in_a_row else "|".join(f"[0-9]{{{each}}}" for each in lengths)
    return f"(?=(?:{digits})\\Z)(?:{kind.national_number_pattern})"
