"""Moments, numbers and money as the reader writes them: the language's format, the workspace's zone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import NumberFormatError, format_currency, format_decimal, format_percent, parse_decimal
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext


def locale() -> str:
    """The reader's locale as Babel names it."""
    return (get_language() or "en").replace("-", "_")


def exact(moment: datetime) -> str:
    """The moment in the workspace's zone, and in UTC where that is another."""
    here = timezone.localtime(moment)
    local = f"{format_datetime(here, 'd MMM y, HH:mm:ss', locale=locale())} {here.tzname()}"
    return local if here.tzname() == "UTC" else f"{local} · {moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def day_and_time(moment: datetime) -> str:
    """A moment to read at once, in the workspace's zone."""
    return str(format_datetime(timezone.localtime(moment), "d MMM y, HH:mm", locale=locale()))


def day(when: date) -> str:
    """A day."""
    return str(format_date(when, "d MMM y", locale=locale()))


def day_of_week(when: date) -> str:
    """A day with the name of its weekday."""
    return str(format_date(when, "EEE d MMM y", locale=locale()))


def relative(moment: datetime, now: datetime) -> str:
    """How long before or after `now`; what is more than a week ago reads as its day."""
    ahead = moment > now
    apart = abs(now - moment)
    if apart < timedelta(minutes=1):
        return gettext("in a moment") if ahead else gettext("just now")
    if apart >= timedelta(days=7) and not ahead:
        pattern = "d MMM" if moment.year == now.year else "d MMM y"
        return str(format_datetime(timezone.localtime(moment), pattern, locale=locale()))
    told = gettext("in %(length)s") if ahead else gettext("%(length)s ago")
    return told % {"length": _short(apart)}


def _short(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return gettext("%(n)d min") % {"n": minutes} if minutes < 60 else length_of_time(length)


def length_of_time(length: timedelta) -> str:
    """A length in its largest fitting unit: 5 minutes, 24 hours, 90 days."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day", "%(n)d days", length.days) % {"n": length.days}


def decimal(text: str) -> str:
    """A number in plain form (25.00) with all its digits, as the reader writes it."""
    return str(format_decimal(Decimal(text), locale=locale(), decimal_quantization=False, format="#,##0.00##"))


def number(value: int) -> str:
    """A number with its thousands marked."""
    return str(format_decimal(value, locale=locale()))


def percent(part: float) -> str:
    """A share from 0 to 1 in percent; what is there at all never reads as nothing."""
    if 0 < part < 0.01:
        return "<" + str(format_percent(0.01, locale=locale()))
    return str(format_percent(part, locale=locale()))


def money(value: Decimal | None, currency: str) -> str:
    """An amount with its currency."""
    return "–" if value is None else str(format_currency(value, currency, locale=locale()))


def amount_of(text: str, currency: str) -> str:
    """An amount in plain form (25.00) with its currency; "" for none."""
    return money(Decimal(text), currency) if text else ""


def amount_shown(value: Decimal) -> str:
    """An amount as `amount_typed` reads it again: with the reader's comma or point, and nothing between thousands."""
    return str(format_decimal(value, locale=locale(), decimal_quantization=False, format="0.00##"))


def amount_typed(text: str) -> str:
    """An amount as someone types it (25,00 in Dutch) as the services read it (25.00); else the text as it is."""
    try:
        return str(parse_decimal(text.strip(), locale=locale(), strict=True))
    except NumberFormatError:
        return text.strip()
