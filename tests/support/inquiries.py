"""Feeding a network's inquiry by hand: the calls that it makes, and what it finds in the replies."""

from collections.abc import Callable, Iterable

from apps.ads.wire import Call, Inquiry, T
from apps.domain.outcome import Reply

Answering = Callable[[Call], Reply]


def held(inquiry: Inquiry[T], answering: Answering) -> tuple[T, list[Call]]:
    """What the inquiry finds when `answering` replies to its calls, and the calls. Raises Refused as it does."""
    calls: list[Call] = []
    try:
        call = next(inquiry)
        while True:
            calls.append(call)
            call = inquiry.send(answering(call))
    except StopIteration as done:
        found: T = done.value
        return found, calls


def fed(inquiry: Inquiry[T], replies: Iterable[Reply]) -> tuple[T, list[Call]]:
    """As `held`, with the replies in their order; all of them must be asked for."""
    waiting = iter(replies)
    found = held(inquiry, lambda _: next(waiting))
    assert next(waiting, None) is None, "a reply was not asked for"
    return found
