"""Amounts with their currency: Decimal in major units, rounded to the currency's own minor unit (ISO 4217)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

LARGEST = Decimal("9999999999999.9999")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in major units of an ISO 4217 currency."""

    amount: Decimal
    currency: str


@cache
def _minor_units() -> dict[str, int]:
    from babel.core import get_global  # slow to import, and only asked once

    fractions = get_global("currency_fractions")
    default = fractions["DEFAULT"][0]
    # A currency counts while some territory pays with it: old ones, funds and metals do not.
    in_use = {
        code
        for tenders in get_global("territory_currencies").values()
        for code, _begun, ended, is_tender in tenders
        if is_tender and ended is None
    }
    return {code: fractions.get(code, (default,))[0] for code in in_use}


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code in capitals."""
    return code in _minor_units()


@cache
def _quantum(currency: str) -> Decimal:
    return Decimal(1).scaleb(-_minor_units()[currency])


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount at the currency's minor unit, halves up: 19.995 EUR is 20.00, 1000.4 JPY is 1000."""
    return amount.quantize(_quantum(currency), rounding=ROUND_HALF_UP)


def parse_amount(text: str) -> Decimal | None:
    """A decimal number in plain or exponent form as a finite Decimal, or None. NaN, infinities and giants are None."""
    if len(text) > 40:
        return None
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) > LARGEST or amount.adjusted() < -12:
        return None
    return amount
