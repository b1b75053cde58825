"""A conversion's value (A07): the weighted amount of the most recent deal, or the event's own value."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from apps.domain.facts import Deal, ValueFrom, ValueRule
from apps.domain.money import Money, is_currency, rounded

_NONE, _SIGNAL, _FIXED = ValueFrom.NONE, ValueFrom.SIGNAL, ValueFrom.FIXED


class Valued(NamedTuple):
    """The value, or the code of the reason there can be none; `how` names the rule that gave it."""

    money: Money | None
    how: str
    reason: str | None = None
    amount: str = ""  # as it is told, where that was worked out already

    @property
    def shown(self) -> str:
        """The amount as it is told."""
        return self.amount or (str(self.money.amount) if self.money else "")


def value_of(rule: ValueRule, deal: Deal | None, workspace_currency: str, told: Money | None = None) -> Valued:
    """What the conversion is worth, rounded to its currency's minor unit.

    Amount x stage probability of the deal; the default when there is no deal, it is closed-lost, or its amount is
    missing or not positive. A weighted amount that rounds to nothing counts as not positive. `told` is what the signal
    itself says, and an explicit nought there is kept. Without a default there is then no value, which is not a nought.
    The currency follows the deal (or what was told), else the event, else the workspace, and is never guessed.
    """
    if rule.source is _NONE:
        return Valued(None, "decided_at_network")
    fallback = rule.currency or workspace_currency
    if rule.source is _SIGNAL:
        return _told(rule, told, fallback)
    if rule.source is _FIXED:
        return _default(rule, fallback, "fixed")
    why_default = _why_default(deal)
    if deal is None or why_default:
        return _default(rule, fallback, why_default)
    currency = deal.currency or workspace_currency
    if not is_currency(currency):
        return Valued(None, "deal", "bad_currency")
    weighted = rounded((deal.amount or Decimal(0)) * (deal.probability or Decimal(0)), currency)
    if weighted <= 0:
        return _default(rule, fallback, "default_not_positive")
    return Valued(Money(weighted, currency), "deal")


def _told(rule: ValueRule, told: Money | None, fallback: str) -> Valued:
    if told is not None:
        currency = told.currency or fallback
        if not is_currency(currency):
            return Valued(None, "signal", "bad_currency")
        return Valued(Money(rounded(told.amount, currency), currency), "signal")
    return _default(rule, fallback, "default_not_told")


def _why_default(deal: Deal | None) -> str:
    if deal is None:
        return "default_no_deal"
    if deal.is_closed_lost:
        return "default_closed_lost"
    if deal.amount is None:
        return "default_no_amount"
    return "default_not_positive" if deal.amount <= 0 else ""


@lru_cache(maxsize=1_024)
def _default(rule: ValueRule, currency: str, how: str) -> Valued:
    if rule.default is None:
        return Valued(None, how)
    if not is_currency(currency):
        return Valued(None, how, "bad_currency")
    amount = rounded(rule.default, currency)
    return Valued(Money(amount, currency), how, amount=str(amount))
