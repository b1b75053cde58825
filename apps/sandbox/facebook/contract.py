"""What Facebook refuses in an event whose structure is right, in the order in which the live API was seen to check."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from apps.sandbox.facebook import errors, shape
from apps.sandbox.facebook.errors import GraphError

LIMIT = 1000
DAY = 86_400
DAYS = {"physical_store": 62}
DEFAULT_DAYS = 7
# The future bound is undocumented; one minute is what senders allow themselves. Enforced in the strict profile only.
AHEAD_SECONDS = 60

SHA256 = re.compile(r"[0-9a-f]{64}")
FBC = re.compile(r"fb\.\d\.\d{13}\.[\w-]+(\.\w{2,8})?", re.ASCII)
# user_data that holds nothing beyond one of these sets matches too many people (v13 and later).
TOO_BROAD = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)


@dataclass(frozen=True)
class Breach:
    """The first thing wrong in a call: the event's place, the error, and what fills the error's placeholders."""

    index: int
    error: GraphError
    details: Mapping[str, object]


Found = tuple[GraphError, dict[str, object]] | None
# An event, or an object in it, whose structure was already found right.
Event = Mapping[str, Any]


def first_breach(events: list[object], *, now: datetime, strict: bool) -> Breach | None:
    """Return what makes Facebook refuse the call, or None. Structure comes first, over all events; then meaning."""
    for index, event in enumerate(events):
        problem = shape.problem(index, event, strict=strict)
        if problem is not None:
            return Breach(index, errors.SCHEMA, {"problem": problem})
    seconds = now.timestamp()
    for index, event in enumerate(events):
        found = _meaning(index, cast("Event", event), seconds, strict=strict)
        if found is not None:
            return Breach(index, *found)
    return None


def _meaning(index: int, event: Event, seconds: float, *, strict: bool) -> Found:
    found = _age(event, seconds)
    if found is None and strict:
        found = _future(index, event, seconds)
    if found is not None:
        return found
    for check in (_match_keys, _hashed, _fbc):
        found = check(event["user_data"])
        if found is not None:
            return found
    return _purchase(event)


def _age(event: Event, seconds: float) -> Found:
    days = DAYS.get(event["action_source"], DEFAULT_DAYS)
    too_old = seconds - event["event_time"] > days * DAY
    return (errors.TOO_OLD, {"days": days}) if too_old else None


def _future(index: int, event: Event, seconds: float) -> Found:
    if event["event_time"] <= seconds + AHEAD_SECONDS:
        return None
    problem = f"Invalid value for param \"$['data'][{index}]['event_time']\": it lies in the future."
    return errors.SCHEMA, {"problem": problem}


def _match_keys(user_data: Event) -> Found:
    given = {key for key, value in user_data.items() if value not in (None, "", [])}
    return (errors.MATCH_KEYS, {}) if any(given <= broad for broad in TOO_BROAD) else None


def _hashed(user_data: Event) -> Found:
    for key in shape.HASHED:
        value = user_data.get(key)
        if value is None:
            continue
        for item in value if isinstance(value, list) else (value,):
            if SHA256.fullmatch(item) is None:
                return errors.NOT_HASHED, {"parameter": key}
    return None


def _fbc(user_data: Event) -> Found:
    fbc = user_data.get("fbc")
    return (errors.BAD_FBC, {}) if fbc and not FBC.fullmatch(fbc) else None


def _purchase(event: Event) -> Found:
    if event["event_name"] != "Purchase":
        return None
    given = event.get("custom_data") or {}
    value = given.get("value")
    if value is None or float(value) < 0:
        return errors.NO_VALUE, {}
    return (errors.NO_CURRENCY, {}) if not given.get("currency") else None


def data_problem(data: object) -> Found:
    """Return what is wrong with the `data` parameter as a whole, or None when it is a list of 1 to 1,000 items."""
    if data is None:
        return errors.NO_DATA, {}
    if not isinstance(data, list) or not data:
        return errors.BAD_DATA, {}
    return (errors.TOO_MANY, {"limit": LIMIT, "count": len(data)}) if len(data) > LIMIT else None
