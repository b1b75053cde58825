"""What somebody is told of, once when it begins and once when it is over: the table that mails and pages read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from apps.domain.reasons import Who


class Move(StrEnum):
    """What one look at an alert's state does to it."""

    STAY = "stay"
    OPEN = "open"  # it lasted long enough: it is told
    FORGET = "forget"  # it was over before anybody was told
    LINGER = "linger"  # it is not there at this look; it may be back at the next
    BACK = "back"  # it is there again, before it was over
    END = "end"  # it stayed away: it is told that it works again


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing to be told of.

    sentence  what is the matter, with the names in braces that its detail has
    over      what is told when it is over; the same braces
    advice    what to do
    patience  for how long it lasts before anybody is told
    calm      for how long it is away before it is over, so that what comes and goes is told of once
    page      where it is mended: a screen's name
    All three texts are English and the keys of their translation.
    """

    code: str
    sentence: str
    over: str
    advice: str
    who: Who
    page: str
    patience: timedelta = timedelta(0)
    calm: timedelta = timedelta(0)


_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)

_TABLE = (
    Kind(
        "reconnect",
        "{network} no longer accepts the sign-in “{name}”. Conversions wait; none is lost.",
        "The sign-in “{name}” at {network} works again.",
        "Connect it again. What waits then leaves by itself.",
        Who.ADMIN,
        "accounts",
    ),
    Kind(
        "lane_held",
        "Nothing leaves for the ad account “{name}” at {network}: {why}",
        "Conversions leave again for the ad account “{name}” at {network}.",
        "Look at the account: it says what stands in the way. What waits then leaves by itself.",
        Who.ADMIN,
        "accounts",
        patience=_HOUR,
        calm=10 * _MINUTE,
    ),
    Kind(
        "breaker_open",
        "{network} does not answer for the ad account “{name}”. Conversions wait and are tried again by themselves.",
        "{network} answers again for the ad account “{name}”.",
        "Nothing, unless it lasts: then see whether the network tells of an outage.",
        Who.NOBODY,
        "accounts",
        patience=15 * _MINUTE,
        calm=2 * _MINUTE,
    ),
    Kind(
        "at_risk",
        "Conversions for the ad account “{name}” at {network} expire within two hours and have not left.",
        "Nothing for the ad account “{name}” at {network} is about to expire any more.",
        "See what holds them up and mend it before their window closes.",
        Who.ADMIN,
        "deadlines",
        patience=5 * _MINUTE,
        calm=10 * _MINUTE,
    ),
    Kind(
        "outlier",
        "A conversion of the event “{name}” waits for you: its value is far above the usual.",
        "No conversion of the event “{name}” waits for a decision any more.",
        "Look at its deal, then send it or do not. Otherwise it ends with its window.",
        Who.MARKETER,
        "overview",
    ),
    Kind(
        "quiet",
        "The event “{name}” has gone quiet: {why}",
        "The event “{name}” fires again.",
        "Check what sets it off, from the form or the CRM to here.",
        Who.MARKETER,
        "events",
    ),
    Kind(
        "mostly_blocked",
        "Most of what the event “{name}” hears is blocked now: {now} of 100 get through, where it was {before}. {why}",
        "More of what the event “{name}” hears gets through again.",
        "See in the ledger what blocks it, and whether that is meant to be so.",
        Who.MARKETER,
        "ledger",
        calm=2 * _HOUR,
    ),
    Kind(
        "hook_failing",
        "Your webhook for alerts has not answered well for five days and was switched off.",
        "Your webhook for alerts is on again.",
        "Mend the address, then switch it on again.",
        Who.ADMIN,
        "alert_settings",
    ),
    Kind(
        "version_ending",
        "{network} ends its API version {version} on {day}.",
        "{network}'s API version is no longer about to end.",
        "Install a release of convsync that speaks a newer version.",
        Who.OPERATOR,
        "operator",
    ),
    Kind(
        "missed_ticks",
        "The scheduler gives no sign of life. What is rung for goes on; what crashed or was missed is not found.",
        "The scheduler is back.",
        "Start the process “beat”, and see in its log why it stopped.",
        Who.OPERATOR,
        "operator",
    ),
    Kind(
        "judging_behind",
        "Signals have been waiting to be judged for more than ten minutes.",
        "Judging has caught up.",
        "See whether workers run, and start more of them.",
        Who.OPERATOR,
        "operator",
        calm=5 * _MINUTE,
    ),
    Kind(
        "poisoned",
        "Something that cannot be processed was set aside.",
        "Nothing is set aside any more.",
        "Look at its error in the log, then let it try again.",
        Who.OPERATOR,
        "operator",
    ),
)

KINDS: Mapping[str, Kind] = {kind.code: kind for kind in _TABLE}

# Why an event has gone quiet, the likeliest first (quiet.py); English, and the keys of their translation.
QUIET_CAUSES: Mapping[str, str] = {
    "blocked": "signals come in, and all of them are blocked: {reason}",
    "form_gone": "its form was archived.",
    "stage_gone": "its lifecycle stage is not there any more.",
    "behaviour_gone": "its custom event was archived.",
    "property_gone": "its consent property {property} is not there any more, and unknown means no.",
    "signed_out": "its sign-in at the network has to be made again.",
    "site_silent": "nothing comes in from your site any more: is the tag or the form still there?",
    "crm_silent": "no contact changes its lifecycle stage any more: does your CRM still send its changes?",
    "not_sent_in": "nobody sends in its form any more, while others come in.",
    "not_reached": "nobody reaches its lifecycle stage any more, while others are reached.",
    "not_completed": "nobody completes its custom event any more.",
}


def move(
    kind: Kind,
    *,
    there: bool,
    since: datetime,
    opened_at: datetime | None,
    gone_since: datetime | None,
    now: datetime,
) -> Move:
    """What one look does to an alert that was first seen at `since`, was told of at `opened_at`, and is away since
    `gone_since`. `there`: whether it is there at this look. Times are aware.
    """
    if there:
        if opened_at is None and now - since >= kind.patience:
            return Move.OPEN
        return Move.BACK if gone_since is not None else Move.STAY
    if now - (gone_since or now) < kind.calm:
        return Move.LINGER if gone_since is None else Move.STAY
    return Move.FORGET if opened_at is None else Move.END


# A webhook that does not take a message gets it again after these; then it is given up. Five days in all.
HOOK_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 840, 1200, 1440, 1440, 1440))
HOOK_OFF_AFTER = timedelta(days=5)


def hook_next(*, tries: int, now: datetime) -> datetime | None:
    """When a message that was refused `tries` times leaves again; None when it is given up."""
    return now + HOOK_WAITS[tries - 1] if 0 < tries <= len(HOOK_WAITS) else None


def hook_is_off(*, failing_since: datetime, now: datetime) -> bool:
    """Whether a webhook that took nothing since then is switched off; one that takes something now and then is not."""
    return now - failing_since >= HOOK_OFF_AFTER
