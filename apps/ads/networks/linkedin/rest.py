"""Rest.li's answers and its two ways of paging, as inquiries.

Source: learn.microsoft.com/linkedin/shared/api-guide/concepts (`pagination`, `methods`, `error-handling`). A collection
paged by `start` ends with a short page: its `total` may be -1.
"""

from collections.abc import Callable, Mapping
from typing import Any

from apps.ads.answers import parsed, part, parts, text
from apps.ads.networks.linkedin import outcome
from apps.ads.networks.linkedin.client import encoded, get
from apps.ads.paging import Page, everything
from apps.ads.wire import Call, Inquiry, Refused, T, Target, unreadable
from apps.domain.outcome import Reply

PAGE = 100
Json = Mapping[str, Any]


def answered(call: Call) -> Inquiry[Reply]:
    """The reply to a call that worked. Raises Refused with LinkedIn's code and who must act."""
    reply = yield call
    raise_refusal(reply)
    return reply


def raise_refusal(reply: Reply) -> None:
    """Raise Refused unless the call worked."""
    if not 200 <= reply.status < 300:
        raise Refused(outcome.read(reply, 1).outcomes[0])


def by_start(target: Target, path: str, item: Callable[[Json], T]) -> Inquiry[tuple[T, ...]]:
    """All of a collection that pages by `start` and `count`. Raises Refused."""

    def following(answer: Json) -> str:
        paging = part(answer, "paging")
        start, here = paging.get("start"), len(answer["elements"])
        return str((start if type(start) is int else 0) + here) if here >= PAGE else ""

    return everything(
        lambda start: get(target, f"{path}&start={start or 0}&count={PAGE}"),
        lambda reply: _page(reply, item, following),
    )


def by_token(target: Target, path: str, item: Callable[[Json], T]) -> Inquiry[tuple[T, ...]]:
    """All of a collection that pages by `pageToken`. Raises Refused."""

    def following(answer: Json) -> str:
        return text(part(answer, "metadata").get("nextPageToken"))

    return everything(
        lambda token: get(target, f"{path}&pageSize={PAGE}{f'&pageToken={encoded(token)}' if token else ''}"),
        lambda reply: _page(reply, item, following),
    )


def _page(reply: Reply, item: Callable[[Json], T], following: Callable[[Json], str]) -> Page[T]:
    """Raises Refused when the answer is no page: an empty one would read as "there is nothing"."""
    raise_refusal(reply)
    answer = parsed(reply.body)
    elements = answer.get("elements")
    if reply.status != 200 or not isinstance(elements, list) or len(parts(answer, "elements")) != len(elements):
        raise unreadable()
    try:
        return Page(tuple(item(each) for each in elements), following(answer))
    except KeyError as missing:
        raise unreadable() from missing
