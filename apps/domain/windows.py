"""Time windows: when a conversion may still be sent, and which ad click it belongs to.

Windows are lengths of time and not readings of a clock: a day is 24 hours here, also where it has 23 or 25 on the wall.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

from apps.domain.facts import Click, Contact
from apps.domain.manifest import Shape


def closes_at(
    shape: Shape, occurred_at: datetime, click: Click | None, max_age: timedelta | None = None
) -> datetime | None:
    """The last moment to send it: the network's window less its margin. None: the network sets no limit.

    `max_age`: the action source's own window, which then goes before the shape's.
    """
    return closing_of(shape)(occurred_at, click, max_age)


Closing: TypeAlias = Callable[[datetime, Click | None, timedelta | None], datetime | None]
"""`closes_at` of one shape."""


@lru_cache(maxsize=1_024)
def closing_of(shape: Shape) -> Closing:
    """`closes_at` made ready for a shape, with what is the same for all that happens already worked out."""
    margin, window = shape.margin, shape.click_window
    stays_open = shape.max_age - margin if shape.max_age else None
    of_a_click = None if window is None else window - margin

    def closing(occurred_at: datetime, click: Click | None, max_age: timedelta | None) -> datetime | None:
        length = max_age - margin if max_age else stays_open
        ends = None if length is None else _plain(occurred_at) + length
        if of_a_click is not None and click is not None:
            clicked = _plain(click.first_seen) + of_a_click
            ends = clicked if ends is None or clicked < ends else ends
        return ends

    return closing


def click_for(shape: Shape, contact: Contact, occurred_at: datetime) -> tuple[str, Click | None, str | None]:
    """The kind and click to credit: the latest before `occurred_at`, best kind first; else a reason's code."""
    occurred_at = _plain(occurred_at)
    seen_any, seen_before = False, False
    for kind in shape.needs_click:
        for click in contact.clicks.get(kind, ()):
            seen_any = True
            if click.first_seen > occurred_at:
                continue
            seen_before = True
            if shape.click_window is None or occurred_at - click.first_seen <= shape.click_window:
                return kind, click, None
    if not seen_any:
        return "", None, "no_click"
    return "", None, "click_too_old" if seen_before else "before_click"


def _plain(moment: datetime) -> datetime:
    """The same moment in UTC: within one zone Python adds and compares what clocks show, wrongly where they change."""
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
