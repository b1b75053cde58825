"""What a network declares about itself, as data: forms, checks, masking and docs follow from it.

Windows and limits carry the date they were read (`as_of`) and their source, because networks change them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Source:
    """A place where a conversion can happen: the facts of the visit it must bring, and its window if it has its own."""

    needs: tuple[str, ...] = ()
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One kind of conversion a network takes, and what it needs before one may be sent. Equal only to itself."""

    key: str
    label: str
    identifiers: tuple[str, ...]  # fields it can be matched by, best first
    needs_match: bool = True  # at least one identifier beside those of the visit
    together: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()  # (needed as a whole, ride along with them)
    max_age: timedelta | None = None  # how long after it occurred the network takes it
    margin: timedelta = timedelta(minutes=10)  # how much earlier we stop, for clocks that differ
    ahead: timedelta = CLOCK_TOLERANCE  # how far in the future it may seem to lie
    needs_click: tuple[str, ...] = ()  # one of these kinds of click
    click_window: timedelta | None = None  # how long after the click it may occur
    needs_lead: bool = False  # only contacts that came from a lead ad
    needs_from_visit: tuple[str, ...] = ()  # facts of the visit that must be there, whatever the action source
    action_sources: Mapping[str, Source] = field(default_factory=dict)  # where it asks for one; no others are taken
    action_source: str = ""  # the one that counts when neither the signal nor the event says
    needs_value: frozenset[str] = frozenset()  # names of events that are refused without a value
    always_shared: tuple[str, ...] = ()  # leave whatever the event's data-sharing choice
    too_weak: tuple[frozenset[str], ...] = ()  # sets of fields that alone are refused
    manager_account_allowed: bool = True
    needs_terms: bool = False
    destination: str = ""  # the kind of conversion action it lands in
    order_id_serves: bool = False  # an order id says which conversion is meant, so no click is needed then
    needs_new_value: bool = False  # it is about nothing but the value
    clicks_not_counted: tuple[str, ...] = ()  # kinds of click that its destination, as it is set, does not count
    instead: "Shape | None" = None  # what it leaves as when its own way is closed or its window over
    closed_by: frozenset[str] = frozenset()  # what an account's tried route is called when this way is closed
    insists: frozenset[str] = frozenset()  # choices of `route` with which it leaves so or not at all
    takes_value: bool = True
    own_order_id: bool = False  # the signal's order id, where it has one, is what the network knows it by


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of the create-event dialog beside those that every event has."""

    name: str
    label: str
    help: str
    kind: str  # text | flag | property | choice
    triggers: frozenset[str]
    required: bool = False
    default: str = ""
    max_length: int = 100
    options: tuple[str, ...] = ()
    tried: frozenset[str] = frozenset()  # options that an account may choose only where trying found that way open
    mirrors: str = ""  # the fact of the destination that says the same at the network


@dataclass(frozen=True, slots=True)
class Shared:
    """A contact field that the marketer can choose to share (A12)."""

    name: str
    label: str
    recommended: bool = False
    removable: bool = True


@dataclass(frozen=True, slots=True)
class Pace:
    """How many calls with conversions a network takes, and where that was read.

    by      what the network counts by: one `token`, or the operator's `app` over all of its tokens
    routes  how the routes begin that it is for; "" for all of them
    daily   whether refusals that do not end mean that the day's calls are used up
    """

    per_minute: int
    per_day: int  # of UTC
    source: str
    by: str = "token"
    routes: str = ""
    daily: bool = True


@dataclass(frozen=True, slots=True)
class Lint:
    """What a network takes and then makes nothing of, without saying so; linter.py has the words for traits.

    It is found in a conversion with all the traits of `having` and none of `without`. `shapes`: only in these; empty:
    in all. `sentence` says what happens, `advice` what to do; both are English and the keys of their translation.
    """

    code: str
    sentence: str
    advice: str
    source: str
    having: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    shapes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A network in one value."""

    key: str
    label: str
    shapes: Mapping[str, Shape]  # by trigger
    batch_limit: int
    hosts: frozenset[str]
    version: str
    version_ends: date | None
    as_of: date
    source: str
    shared: tuple[Shared, ...]
    choices: tuple[Choice, ...] = ()
    event_name_label: str = ""
    event_name_limit: int = 50
    standard_events: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ("access_token",)
    warnings: Mapping[str, str] = field(default_factory=dict)  # shown in the dialog, by trigger
    adjustments: Mapping[str, Shape] = field(default_factory=dict)  # by kind of adjustment, where the network has them
    recognises_repeats: timedelta | None = None  # for how long, by their id; None: as long as it takes them
    personalisation: str = ""  # what it is told of consent to personalised ads; "" where it has no field for that
    paces: tuple[Pace, ...] = ()  # all whose routes fit count
    lints: tuple[Lint, ...] = ()

    def shape_for(self, trigger: str, adjustment: str = "") -> Shape | None:
        """The shape that a signal of this trigger, or this adjustment, takes here; None when the network has none."""
        return self.adjustments.get(adjustment) if adjustment else self.shapes.get(trigger)

    def paces_of(self, route: str) -> tuple[Pace, ...]:
        """How fast requests of this route may leave: each limit that counts them. None where the network tells none."""
        return tuple(pace for pace in self.paces if route.startswith(pace.routes))
