"""Outliers: a value far above what an event's conversions are usually worth waits until somebody has looked at it.

A typing slip in a deal (two noughts too many) teaches a network's bidding to pay for what is not there, and not every
network lets a value be corrected. Nothing is ever lowered here: the value leaves as it is, or not at all.
"""

from collections.abc import Mapping
from decimal import Decimal

from apps.domain.money import Money

FACTOR = 20  # times the usual: room for a large customer among small ones, and none for two noughts too many
LAST = 200  # valued conversions that say what is usual: some weeks of most events, so that growing prices move it along
AT_LEAST = 20  # of them in the same currency: of fewer, a single large deal would move the middle
LOOK_BACK = 5_000  # judged signals of the event at most that are looked through for them


def is_outlier(value: Money, usual: Mapping[str, Decimal]) -> bool:
    """Whether the value is more than FACTOR times what is usual in its currency; never where nothing is usual yet.

    `usual` is the median, in major units, by currency: amounts in two currencies say nothing of each other.
    """
    limit = believable(usual).get(value.currency)
    return limit is not None and value.amount > limit


def believable(usual: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The largest value that is no outlier, by currency, where something is usual."""
    return {currency: middle * FACTOR for currency, middle in usual.items() if middle > 0}
