"""A conversion in Facebook's words: one event of the `data` list, and the body around events of one pixel.

Sources: developers.facebook.com/documentation/ads-commerce/conversions-api, pages `parameters/server-event`,
`parameters/customer-information-parameters`, `parameters/custom-data` and
`conversion-leads-integration/payload-specification`;
developers.facebook.com/docs/marketing-apis/data-processing-options.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from apps.ads.networks.facebook.manifest import DEFAULT_SOURCE, EVENT_SHAPE, LDU_STATES, STAGE_SHAPE
from apps.domain.decision import Owed
from apps.domain.money import parse_amount

# As `element` writes it. Inside a text a quotation mark is escaped, so nothing else looks like this.
_CLICK_ID = re.compile(r',"fbc":"[^"\\]*"|"fbc":"[^"\\]*",?')
_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)

# Our field -> Facebook's; each takes a list of hashes.
_HASHED = {
    "email": "em",
    "phone": "ph",
    "firstname": "fn",
    "lastname": "ln",
    "city": "ct",
    "state": "st",
    "zip": "zp",
    "country": "country",
    "date_of_birth": "db",
    "gender": "ge",
    "external_id": "external_id",
}
_WEB = ("http://", "https://")
_PLAIN = ("client_ip_address", "client_user_agent", "fbc", "fbp")
# Where in an event our fields stand.
CARRIED = {
    **{f"user_data.{theirs}": ours for ours, theirs in _HASHED.items()},
    **{f"user_data.{name}": name for name in (*_PLAIN, "lead_id")},
    "event_source_url": "event_source_url",
    "referrer_url": "referrer_url",
    "custom_data.order_id": "order_id",
    "custom_data.lead_score": "lead_score",
    "custom_data.value": "value",
    "custom_data.currency": "value",
}
# Who sends, as Meta's dataset quality pages can filter by: fewer than 23 characters.
PARTNER_AGENT = "convsync"
# What the person said of personalised ads, where the event asks, that is no yes.
_NO_YES = ("denied", "unknown")
_USA, _LOCATED_BY_META = 1, 0
_STATE_NAMES = {
    "CALIFORNIA": "CA",
    "COLORADO": "CO",
    "CONNECTICUT": "CT",
    "FLORIDA": "FL",
    "OREGON": "OR",
    "TEXAS": "TX",
    "MONTANA": "MT",
    "DELAWARE": "DE",
    "NEBRASKA": "NE",
    "NEW HAMPSHIRE": "NH",
    "NEW JERSEY": "NJ",
    "RHODE ISLAND": "RI",
}
_USA_NAMES = frozenset({"1", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})
# Meta numbers the states 1000 to 1013, the two among them that LDU_STATES does not name.
_STATE_NUMBERS = range(1000, 1014)


def route(owed: Owed) -> str:
    """`pixel` or `pixel:test_event_code`: a request serves one pixel, and the code stands beside its list of events."""
    code = owed.options.get("test_event_code", "")
    return f"{owed.destination}:{code}" if code else owed.destination


def pixel_of(route: str) -> str:
    """The pixel id in a route."""
    return route.partition(":")[0]


def element(owed: Owed) -> str:
    """One event as compact JSON; the same conversion gives the same text, whatever the order of its identifiers."""
    return orjson.dumps(_EVENTS[owed.shape](owed)).decode()


def amended(element: str) -> str:
    """The event without its click id, which Facebook can refuse as malformed; every other byte stays."""
    return _CLICK_ID.sub("", element, count=1)


def body(route: str, elements: Sequence[str]) -> bytes:
    """The request around the frozen events, byte for byte as they were judged and in their order."""
    code = route.partition(":")[2]
    test = f',"test_event_code":{orjson.dumps(code).decode()}' if code else ""
    return f'{{"data":[{",".join(elements)}]{test},"partner_agent":"{PARTNER_AGENT}"}}'.encode()


def _event(owed: Owed) -> dict[str, Any]:
    signal = owed.signal
    event = _start(owed, signal.action_source or owed.options.get("action_source") or DEFAULT_SOURCE)
    if signal.event_source_url[:8].lower().startswith(_WEB):
        event["event_source_url"] = signal.event_source_url
    if signal.referrer_url:
        event["referrer_url"] = signal.referrer_url
    event["user_data"] = _user_data(owed)
    custom = _worth(owed)
    if signal.order_id:
        custom["order_id"] = signal.order_id
    if score := owed.options.get("lead_score"):
        custom |= _score(score)
    if custom:
        event["custom_data"] = custom
    return event


def _stage_event(owed: Owed) -> dict[str, Any]:
    return {
        **_start(owed, "system_generated"),
        "user_data": _user_data(owed),
        "custom_data": {"event_source": "crm", "lead_event_source": owed.workspace.crm_name, **_worth(owed)},
    }


_EVENTS: dict[str, Callable[[Owed], dict[str, Any]]] = {EVENT_SHAPE: _event, STAGE_SHAPE: _stage_event}


def _start(owed: Owed, action_source: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event_name": owed.event_name or owed.signal.name,
        "event_time": (owed.occurred_at - _EPOCH) // _SECOND,
        "event_id": owed.network_event_id,
        "action_source": action_source,
    }
    said = owed.options.get("personalisation", "")
    if owed.options.get("opt_out", "").lower() == "true" or said in _NO_YES:
        event["opt_out"] = True
    if (told := owed.options.get("limited_data_use")) and _is_limited(owed, said):
        country, state = _limited_to(told)
        event["data_processing_options"] = ["LDU"]
        event["data_processing_options_country"] = country
        event["data_processing_options_state"] = state
    return event


def _is_limited(owed: Owed, said: str) -> bool:
    """Everybody is, unless the event limits those only who did not say yes."""
    return said != "granted" or owed.options.get("limit_without_consent") != "true"


@lru_cache(maxsize=256)
def _limited_to(told: str) -> tuple[int, int]:
    """Meta's numbers of the country and the state in a state's code or in JSON of both, each a number, code or name.

    What is not one of Meta's states is nought, for which Meta locates the person: the limit then holds where it must.
    """
    try:
        place = orjson.loads(told)
    except orjson.JSONDecodeError:
        place = told
    if not isinstance(place, dict):
        place = {"state": place}
    state, country = _state_number(place.get("state")), place.get("country")
    if str(_USA if country is None and state else country).strip().upper() not in _USA_NAMES:
        return _LOCATED_BY_META, _LOCATED_BY_META
    return _USA, state


def _state_number(state: object) -> int:
    text = str(state).strip().upper()
    if text.isdecimal():
        return int(text) if int(text) in _STATE_NUMBERS else _LOCATED_BY_META
    return LDU_STATES.get(_STATE_NAMES.get(text, text), _LOCATED_BY_META)


def _user_data(owed: Owed) -> dict[str, Any]:
    held = owed.identifiers
    data: dict[str, Any] = {}
    for name, key, several in _places(tuple(held)):
        if wires := held[name]:
            data[key] = wires[0] if not several else wires if len(wires) == 1 else sorted(set(wires))
    if lead := held.get("lead_id"):
        data["lead_id"] = int(lead[0])
    return data


@lru_cache(maxsize=4_096)
def _places(held: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """Where these fields go, in an order of their own: our name, Facebook's, and whether it takes several."""
    hashed = [(name, key, True) for name, key in _HASHED.items() if name in held]
    return (*hashed, *((name, name, False) for name in _PLAIN if name in held))


def _worth(owed: Owed) -> dict[str, Any]:
    if owed.value is None:
        return {}
    return {"currency": owed.value.currency, "value": orjson.Fragment(f"{owed.value.amount:f}")}


def _score(told: str) -> dict[str, Any]:
    score = parse_amount(told)
    return {} if score is None else {"lead_score": orjson.Fragment(f"{score:f}")}
