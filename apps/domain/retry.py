"""When to try again: one table by verdict, full jitter, never past the deadline."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.domain.outcome import Outcome, Verdict
from apps.domain.states import State

FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = timedelta(seconds=10), timedelta(hours=6), 12
HOLD_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a conversion: its state, when it is due again, and whether a try was used."""

    state: State
    due_at: datetime | None = None
    used_try: bool = True
    reason: str = ""
    doubtful: bool = False  # it may have been taken: a repeat counts twice once the network forgets the first


def next_step(*, outcome: Outcome, tries: int, now: datetime, expires_at: datetime | None, jitter: float) -> Next:
    """The step after `outcome` of try number `tries` (from 1); `jitter` is a random number from 0 to 1."""
    if outcome.verdict is Verdict.ACCEPTED:
        return Next(State.SENT)
    if outcome.verdict is Verdict.TWIN and tries > 1:
        return Next(State.SENT)
    if outcome.verdict in (Verdict.REFUSED, Verdict.SUSPECT, Verdict.AMEND, Verdict.TWIN):
        return Next(State.FAILED, reason=outcome.code)
    if outcome.verdict is Verdict.INNOCENT:
        return Next(State.WAITING, due_at=now, used_try=False)
    held = outcome.verdict is Verdict.HOLD
    if not held and tries >= MOST_TRIES:
        return Next(State.FAILED, reason=outcome.code)
    due = now + (outcome.wait or (HOLD_WAIT if held else _backoff(tries, jitter)))
    if expires_at is not None and due > expires_at:
        if now >= expires_at:
            return Next(State.EXPIRED, reason="window_closed")
        due = max(now, expires_at - timedelta(minutes=1))
    doubtful = outcome.verdict is Verdict.UNKNOWN
    return Next(State.WAITING, due_at=due, used_try=not held, reason=outcome.code, doubtful=doubtful)


def _backoff(tries: int, jitter: float) -> timedelta:
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries - 1, 12)))
    return max(timedelta(seconds=1), ceiling * jitter)
