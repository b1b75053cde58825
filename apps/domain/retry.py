"""When to try again: one table by verdict, full jitter, never past the deadline.

The waits and the numbers of tries are ours; what a network asks for (its Retry-After) counts before them. Full jitter:
a random part of a ceiling that doubles, so that what failed together does not come back together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who
from apps.domain.states import State

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=6)
MOST_TRIES, MOST_PARKED = 40, 12  # four days of waits on average; hours where an operator has to look at the answer
MOST_BROKEN = 3  # our own fault: three tries, then the operator
HOLD_WAIT, LONGEST_ASKED = timedelta(minutes=5), timedelta(days=7)
LAST_TRY = timedelta(minutes=1)  # before its end, for what would end while it waits
KNOCK_AGAIN = timedelta(minutes=10)  # between last tries at a network that asked for a longer rest
WINDOW_CLOSED, IN_DOUBT = "window_closed", "outcome_unknown"


class Pause(Enum):
    """How long until the next try, where the network asks for nothing."""

    NONE = "none"
    GROWING = "growing"  # a random part of a ceiling that doubles with each try
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows from a verdict: an end, at the first try and at later ones, or else a pause and another try.

    `costs_a_try`: they are counted, and after `most` (`parked`, where an operator has to look) it ends as `spent`.
    `doubtful`: it may have been taken, so that it leaves again only while the network recognises the repeat.
    """

    first: State | None = None
    later: State | None = None
    pause: Pause = Pause.GROWING
    costs_a_try: bool = True
    most: int = MOST_TRIES
    parked: int = MOST_PARKED
    spent: State = State.FAILED
    doubtful: bool = False


RULES: Mapping[Verdict, Rule] = {
    Verdict.ACCEPTED: Rule(first=State.SENT, later=State.SENT),
    Verdict.TWIN: Rule(first=State.FAILED, later=State.SENT),  # without a try of ours before, it is another's
    Verdict.REFUSED: Rule(first=State.FAILED, later=State.FAILED),
    Verdict.SUSPECT: Rule(first=State.FAILED, later=State.FAILED),
    Verdict.AMEND: Rule(first=State.FAILED, later=State.FAILED),
    Verdict.INNOCENT: Rule(pause=Pause.NONE, costs_a_try=False),
    Verdict.HOLD: Rule(pause=Pause.HELD, costs_a_try=False),
    Verdict.RETRY: Rule(),
    Verdict.BROKEN: Rule(most=MOST_BROKEN, parked=MOST_BROKEN, spent=State.POISONED),
    Verdict.UNKNOWN: Rule(doubtful=True),
}


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a conversion: its state, when it is due again, and whether a try was used."""

    state: State
    due_at: datetime | None = None
    used_try: bool = True
    reason: str = ""
    doubtful: bool = False  # it may have been taken: a repeat counts twice once the network forgets the first


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when a conversion may leave. Either end may be missing.

    expires_at      when the network's window for it closes
    doubtful_since  since when it may have been taken without our knowing
    recognised_for  for how long the network recognises a repeat, where it does not for ever
    """

    expires_at: datetime | None = None
    doubtful_since: datetime | None = None
    recognised_for: timedelta | None = None

    def doubted(self, now: datetime) -> "Deadline":
        """Itself, in doubt from now on where it was not before."""
        return Deadline(self.expires_at, self.doubtful_since or now, self.recognised_for)

    @property
    def recognised_until(self) -> datetime | None:
        """Until when a repeat does no harm; None: for ever, or there is no doubt."""
        if self.doubtful_since is None or self.recognised_for is None:
            return None
        return self.doubtful_since + self.recognised_for

    def ended(self, now: datetime) -> Next | None:
        """How it ends because its time is over; None while it is not. What may have been taken says so."""
        if self.recognised_until is not None and self.recognised_until <= now:
            return Next(State.UNKNOWN, reason=IN_DOUBT)
        if self.expires_at is not None and self.expires_at <= now:
            return self.without_answer(Next(State.EXPIRED, reason=WINDOW_CLOSED))
        return None

    def without_answer(self, step: Next) -> Next:
        """The end `step` of a conversion that the network never answered for; unknown where it may have been taken."""
        return Next(State.UNKNOWN, reason=IN_DOUBT) if self.doubtful_since is not None else step

    def before(self, due: datetime, now: datetime) -> datetime:
        """`due`, or a last try shortly before the end where that is sooner; never before `now`."""
        ends = [end for end in (self.expires_at, self.recognised_until) if end is not None]
        return max(now, min([due, *(end - LAST_TRY for end in ends if due >= end)]))


def next_step(*, outcome: Outcome, tries: int, now: datetime, deadline: Deadline, jitter: float) -> Next:
    """The step after `outcome` of try number `tries` (from 1); `jitter` is a random number from 0 to 1."""
    rule = RULES[outcome.verdict]
    end = rule.first if tries <= 1 else rule.later
    if end is not None:
        return Next(end, reason="" if end is State.SENT else outcome.code)
    if rule.doubtful:
        deadline = deadline.doubted(now)
    if rule.pause is Pause.NONE:
        return Next(State.WAITING, due_at=now, used_try=rule.costs_a_try)
    if rule.costs_a_try and tries >= (rule.parked if outcome.who is Who.OPERATOR else rule.most):
        return deadline.without_answer(Next(rule.spent, reason=outcome.code))
    over = deadline.ended(now)
    if over is not None:
        return over
    due = now + min(outcome.wait or _pause(rule.pause, tries, jitter), LONGEST_ASKED)
    return Next(
        State.WAITING,
        due_at=deadline.before(due, now),
        used_try=rule.costs_a_try,
        reason=outcome.code,
        doubtful=rule.doubtful,
    )


def ceiling(tries: int) -> timedelta:
    """The longest that it waits after so many tries."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 12)))


def _pause(pause: Pause, tries: int, jitter: float) -> timedelta:
    return HOLD_WAIT if pause is Pause.HELD else max(timedelta(seconds=1), ceiling(tries) * jitter)


def held_at_most(*, until: datetime, ends_at: datetime | None, now: datetime) -> datetime:
    """Until when a hold that a network asked for lasts, where the first of what it holds up would end at `ends_at`.

    That gets a last try a minute before its end, but the network is not asked more often than every KNOCK_AGAIN.
    """
    if ends_at is None or ends_at > until:
        return until
    return min(until, max(now + KNOCK_AGAIN, ends_at - LAST_TRY))


def is_last_try(*, wait: timedelta, ends_at: datetime | None, now: datetime) -> bool:
    """Whether what ends at `ends_at` leaves though its turn is a long `wait` away: it would end before the next knock.

    A wait that is short is the pace itself, and is kept.
    """
    return wait > KNOCK_AGAIN and ends_at is not None and ends_at <= now + KNOCK_AGAIN
