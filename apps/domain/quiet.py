"""When an event that usually fires has gone quiet, judged by its own past: the same hours of the weeks before.

What it did in the stretch of the week that it has now been silent in says what to expect, so that nights, weekends and
office hours need no rule of their own. If what comes in is independent of each other (Poisson), and its rate is not
known but seen over n weeks with S in all, then nothing comes with the chance (n / (n + 1)) ** S: the Gamma-Poisson
predictive with a flat prior on the rate's logarithm. Where weeks differ by more than chance, S counts for less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log
from statistics import mean, variance
from zoneinfo import ZoneInfo

WEEKS = 4  # that are looked back
LEAST_WEEKS = 3  # that the event must have been on for
LEAST_A_MONTH = 12  # of fewer in WEEKS weeks a silence says nothing
LEAST_SILENCE = timedelta(hours=1)
FALSE_ALARMS = 0.01  # that one event may raise in WEEKS weeks
COUNTED = 20_000  # in a stretch or a month; beyond it more makes no difference
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What an event did before: in the same stretch of each past week, the latest first, and in all those weeks."""

    same_stretch: Sequence[int]
    in_all: int


def stretches(*, last: datetime, now: datetime, on_since: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The stretch from `last` to `now` in each of the past weeks, by the clock on the wall in `zone`.

    Only whole ones since the event was on, so that there may be fewer than WEEKS. Times are aware.
    """
    here, until = last.astimezone(zone), now.astimezone(zone)
    past = [(here - number * _WEEK, until - number * _WEEK) for number in range(1, WEEKS + 1)]
    return [(start, end) for start, end in past if start >= on_since]


def is_quiet(rhythm: Rhythm, *, silence: timedelta) -> bool:
    """Whether a silence of that length is too long to be chance; never for an event that seldom fires.

    Each of the past weeks must have had something in the same stretch, so that what comes in bursts raises no alarm.
    """
    weeks = len(rhythm.same_stretch)
    if silence < LEAST_SILENCE or weeks < LEAST_WEEKS or rhythm.in_all < LEAST_A_MONTH or not all(rhythm.same_stretch):
        return False
    counted = sum(rhythm.same_stretch) / _spread(rhythm.same_stretch)
    return counted * log((weeks + 1) / weeks) >= log(rhythm.in_all / FALSE_ALARMS)


def _spread(counts: Sequence[int]) -> float:
    """How much more the weeks differ than chance lets them; 1 where they do not."""
    return max(1.0, variance(counts) / mean(counts))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known beside the silence. `blocked` is the reason of most of what came in meanwhile, "" for nothing."""

    blocked: str
    source_gone: bool  # its form, stage or custom event is not there any more
    property_gone: bool  # its consent property is not there any more
    signed_out: bool
    others_came: bool  # signals of the same kind came in for the workspace
    any_came: bool  # signals of any kind did


_GONE = {"form_submission": "form_gone", "stage_change": "stage_gone", "custom_event": "behaviour_gone"}
_ALL_SILENT = {"form_submission": "site_silent", "stage_change": "crm_silent", "custom_event": "site_silent"}
_ALONE: Mapping[str, str] = {
    "form_submission": "not_sent_in",
    "stage_change": "not_reached",
    "custom_event": "not_completed",
}


def likely_cause(trigger: str, known: Circumstances) -> str:
    """The likeliest cause, as a code of alerts.QUIET_CAUSES: what explains most comes first."""
    candidates = (
        ("property_gone", known.property_gone),
        ("blocked", bool(known.blocked)),
        (_GONE[trigger], known.source_gone),
        ("signed_out", known.signed_out and not known.any_came),
        (_ALONE[trigger], known.others_came),
        (_ALL_SILENT[trigger], True),
    )
    return next(code for code, fits in candidates if fits)
