"""Dates of birth.

Source: Meta's customer information parameters (db). Year-month-day is tried first, then the workspace's order; only a
real date between 1900 and today is kept.
Choices: a date that is real in only one order is read in that order, so that 2/16/1997 needs no setting; two-digit
years are dropped, they fit two centuries; months may be named in English, Dutch, German, French and Spanish; without
`today` the future is not checked, since this module reads no clock.
"""

import re
from datetime import date
from functools import cache

from apps.domain.identity.context import Context, Forms
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.text import fold

DATE_ORDERS = frozenset({"dmy", "mdy", "ymd"})
LANGUAGES = ("en", "nl", "de", "fr", "es")

_EARLIEST = date(1900, 1, 1)
_COMPACT_ISO = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_FIRST = re.compile(
    r"([0-9]{4})[-/. ]{1,2}([0-9]{1,2})[-/. ]{1,2}([0-9]{1,2})(?:[T ][0-9:.,]{4,15} ?(?:Z|[+-][0-9:]{2,6})?)?"
)
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/. ]{1,2}([0-9]{1,2})[-/. ]{1,2}([0-9]{4})")
_COMPACT_YEAR_LAST = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")
_TWO_DIGIT_YEAR = re.compile(r"[0-9]{1,2}[-/. ]{1,2}[0-9]{1,2}[-/. ]{1,2}[0-9]{2}")
_WORD = re.compile(r"[0-9]+|[^\W\d_]+")
_FILLERS = frozenset({"st", "nd", "rd", "th", "er", "de", "del", "of"})


def meta_birth_date(text: str, context: Context) -> Forms:
    """YYYYMMDD."""
    born = _read(text, context.date_order)
    if isinstance(born, DropReason):
        return born
    if born < _EARLIEST or (context.today is not None and born > context.today):
        return DropReason.INVALID_DATE
    return (born.isoformat().replace("-", ""),)


def _read(text: str, date_order: str) -> date | DropReason:
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT_ISO.fullmatch(text):
        born = _real(match[1], match[2], match[3])
        if born is not None:
            return born
    if match := _YEAR_LAST.fullmatch(text) or _COMPACT_YEAR_LAST.fullmatch(text):
        return _in_order(match[1], match[2], match[3], date_order)
    if _TWO_DIGIT_YEAR.fullmatch(text):
        return DropReason.AMBIGUOUS_DATE
    return _with_month_name(text) or DropReason.INVALID_DATE


def _in_order(first: str, second: str, year: str, date_order: str) -> date | DropReason:
    day_first, month_first = _real(year, second, first), _real(year, first, second)
    if day_first is None or month_first is None or day_first == month_first:
        return day_first or month_first or DropReason.INVALID_DATE
    return {"dmy": day_first, "mdy": month_first}.get(date_order, DropReason.AMBIGUOUS_DATE)


def _real(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _with_month_name(text: str) -> date | None:
    words = [word for word in map(fold, _WORD.findall(text)) if word not in _FILLERS]
    months = [_months()[word] for word in words if word in _months()]
    years = [word for word in words if len(word) == 4 and word.isdigit()]
    days = [word for word in words if len(word) <= 2 and word.isdigit()]
    if len(words) != 3 or not len(months) == len(years) == len(days) == 1:
        return None
    return _real(years[0], months[0], days[0])


@cache
def _months() -> dict[str, str]:
    from babel.dates import get_month_names  # only the rare date with a named month pays for it

    return {
        fold(name): str(number)
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for use in ("format", "stand-alone")
        for number, name in get_month_names(width, use, language).items()
    }
