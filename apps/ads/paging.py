"""Collections that networks give in pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from apps.ads.wire import Call, Inquiry, Refused, T
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a collection; `following` is what to ask for next, "" after the last one."""

    items: tuple[T, ...]
    following: str = ""


def everything(ask: Callable[[str], Call], read: Callable[[Reply], Page[T]]) -> Inquiry[tuple[T, ...]]:
    """All items of a collection: `ask` takes what follows, "" first, and `read` reads a page.

    Raises Refused as `read` does, and with `endless_paging` for pages that go round in a circle.
    """
    found: list[T] = []
    following, asked = "", set[str]()
    while following not in asked and len(asked) < MOST_PAGES:
        asked.add(following)
        page = read((yield ask(following)))
        found += page.items
        following = page.following
        if not following:
            return tuple(found)
    raise Refused(Outcome(Verdict.RETRY, "endless_paging", Who.OPERATOR))
