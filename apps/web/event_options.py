"""What there is to choose in the create-event dialog, with what is chosen now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext

from apps.ads.models import Destination
from apps.domain.facts import ValueFrom
from apps.domain.manifest import Choice

T = TypeVar("T")
NEW = "+new"  # no id at a network begins with a plus
# Where conversions land decides which values can be asked for: a pixel knows none of its own; an action of the website
# tag that exists already keeps its own (C04); the others can take ours or keep theirs.
VALUES: Mapping[str, tuple[ValueFrom, ...]] = {
    Destination.PIXEL: (ValueFrom.DEAL, ValueFrom.FIXED),
    Destination.TAG_ACTION: (ValueFrom.NONE,),
    Destination.CLICK_ACTION: (ValueFrom.DEAL, ValueFrom.FIXED, ValueFrom.NONE),
    Destination.RULE: (ValueFrom.DEAL, ValueFrom.FIXED, ValueFrom.NONE),
}


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. `mark` is a remark beside it."""

    value: str
    label: str
    chosen: bool = False
    locked: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """One of the network's own choices with its present value."""

    choice: Choice
    value: str
    options: tuple[str, ...] = ()  # those of the choice that the account can have

    @property
    def name(self) -> str:
        """The input's name in the form."""
        return f"option-{self.choice.name}"


def places(rows: Sequence[tuple[str, str]], chosen: str, *, can_make: bool) -> list[Option]:
    """Where conversions can land, as (id, name), and a new place where one can be made; the only one is chosen."""
    alone = len(rows) == 1 and chosen != NEW
    known = [Option(number, name, number == chosen or alone) for number, name in rows]
    label = gettext("Make a new one, named as the event")
    return [*known, Option(NEW, label, chosen == NEW or not rows)] if can_make else known


def picked(things: Sequence[T], key: Callable[[T], str], wanted: str) -> T | None:
    """The thing whose key is `wanted`; the only one is chosen by itself."""
    if len(things) == 1 and not wanted:
        return things[0]
    return next((thing for thing in things if key(thing) == wanted), None)
