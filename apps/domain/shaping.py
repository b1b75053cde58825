"""The shape that a conversion takes here and now: fitted to where it lands, or another where its own way is closed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from apps.domain.decision import Case
from apps.domain.manifest import Shape
from apps.domain.windows import closes_at

CLOSED, WINDOW_OVER = "closed", "window_over"


def fitted(shape: Shape, destination: Mapping[str, str]) -> Shape:
    """The shape with what its destination's own settings narrow: `click_kinds` that it counts, `lookback_days`.

    `destination` holds the facts that the network told of it; what is not told narrows nothing.
    """
    if kinds := destination.get("click_kinds", "").split():
        counted = tuple(kind for kind in shape.needs_click if kind in kinds)
        left = tuple(kind for kind in shape.needs_click if kind not in kinds)
        shape = replace(shape, needs_click=counted, clicks_not_counted=left)
    days = destination.get("lookback_days", "")
    if shape.click_window is not None and days.isdigit():
        shape = replace(shape, click_window=min(shape.click_window, timedelta(days=int(days))))
    return shape


def shape_now(case: Case) -> tuple[Shape, str]:
    """The case's shape, or the one that stands in for it with the code of why: CLOSED or WINDOW_OVER.

    Only an account whose routes were tried has another way, and only an order id ties what goes there to the original.
    """
    shape, account = case.shape, case.account
    if shape.instead is None or not account.route or not case.signal.order_id:
        return shape, ""
    if case.event.options.get("route") in shape.insists:
        return shape, ""
    if account.route in shape.closed_by:
        return shape.instead, CLOSED
    ends = closes_at(shape, case.signal.original_occurred_at or case.signal.occurred_at, None)
    return (shape.instead, WINDOW_OVER) if ends is not None and case.now > ends else (shape, "")
