"""A conversion in Facebook's words: one event of the `data` list, and the body around events of one pixel.

Sources: developers.facebook.com/documentation/ads-commerce/conversions-api, pages `parameters/server-event`,
`parameters/customer-information-parameters`, `parameters/custom-data` and
`conversion-leads-integration/payload-specification`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from apps.ads.networks.facebook.manifest import FORM_SHAPE, STAGE_SHAPE
from apps.domain.decision import Owed
from apps.domain.money import parse_amount

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
_PLAIN = ("client_ip_address", "client_user_agent", "fbc", "fbp")


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


def body(route: str, elements: Sequence[str]) -> bytes:
    """The request around the frozen events, byte for byte as they were judged and in their order."""
    code = route.partition(":")[2]
    test = f',"test_event_code":{orjson.dumps(code).decode()}' if code else ""
    return f'{{"data":[{",".join(elements)}]{test}}}'.encode()


def _form_event(owed: Owed) -> dict[str, Any]:
    visit = {"event_source_url": owed.signal.event_source_url, "referrer_url": owed.signal.referrer_url}
    event = {
        **_start(owed, owed.event_name, owed.signal.action_source or "website"),
        **{name: value for name, value in visit.items() if value},
        "user_data": _user_data(owed),
    }
    if custom := _worth(owed) | _score(owed):
        event["custom_data"] = custom
    return event


def _stage_event(owed: Owed) -> dict[str, Any]:
    return {
        **_start(owed, owed.event_name or owed.signal.name, "system_generated"),
        "user_data": _user_data(owed),
        "custom_data": {"event_source": "crm", "lead_event_source": owed.workspace.crm_name, **_worth(owed)},
    }


_EVENTS: dict[str, Callable[[Owed], dict[str, Any]]] = {FORM_SHAPE: _form_event, STAGE_SHAPE: _stage_event}


def _start(owed: Owed, name: str, action_source: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event_name": name,
        "event_time": (owed.occurred_at - _EPOCH) // _SECOND,
        "event_id": owed.network_event_id,
        "action_source": action_source,
    }
    if "opt_out" in owed.options:
        event["opt_out"] = True
    return event


def _user_data(owed: Owed) -> dict[str, Any]:
    held = owed.identifiers
    data: dict[str, Any] = {key: sorted(set(held[name])) for name, key in _HASHED.items() if held.get(name)}
    data |= {name: held[name][0] for name in _PLAIN if held.get(name)}
    if lead := held.get("lead_id"):
        data["lead_id"] = int(lead[0])
    return data


def _worth(owed: Owed) -> dict[str, Any]:
    if owed.value is None:
        return {}
    return {"currency": owed.value.currency, "value": orjson.Fragment(f"{owed.value.amount:f}")}


def _score(owed: Owed) -> dict[str, Any]:
    score = parse_amount(owed.options.get("lead_score", ""))
    return {} if score is None else {"lead_score": orjson.Fragment(f"{score:f}")}
