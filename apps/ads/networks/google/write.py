"""Conversions in Google's words: JSON that is frozen once written, for the API that each takes.

The Google Ads API's ClickConversion and ConversionAdjustment stand here, the Data Manager API's events in events.py.
Fields and their rules: developers.google.com/google-ads/api/docs/conversions, upload-offline (clicks) and
enhanced-conversions/web (adjustments). The same conversion always gives the same bytes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from apps.ads.networks.google import events
from apps.ads.networks.google.manifest import ADDRESS_NEEDS, ADJUSTMENTS, DATA_MANAGER_ONLY
from apps.ads.networks.google.words import customer_of, number
from apps.domain.decision import Owed
from apps.domain.money import Money

MOST_IDENTIFIERS = 5

# The APIs that take a shape, the default first; an event's own choice of route counts where the API takes the shape.
_APIS: Mapping[str, tuple[str, ...]] = {
    "click_conversion": ("data_manager", "ads_api"),
    "enhancement": ("ads_api", "data_manager"),
    "form_event": ("data_manager",),
    "restatement": ("ads_api",),
    "retraction": ("ads_api",),
}
# Shape, API and what the probe calls the state of things in which that upload is closed.
_CLOSED = frozenset(
    {
        ("click_conversion", "ads_api", ADJUSTMENTS),
        ("click_conversion", "ads_api", DATA_MANAGER_ONLY),
    }
)
_LISTS = {"click": b"conversions", "adjustment": b"conversionAdjustments"}

# Google's field and ours, in the order in which Google prefers to match.
_SINGLE = (("hashedEmail", "email"), ("hashedPhoneNumber", "phone"))
_ADDRESS = (
    ("hashedFirstName", "firstname"),
    ("hashedLastName", "lastname"),
    ("hashedStreetAddress", "street"),
    ("city", "city"),
    ("state", "state"),
    ("postalCode", "zip"),
    ("countryCode", "country"),
)

# Where in a conversion or an adjustment our fields stand, and in the events of the other API.
CARRIED = {
    **events.CARRIED,
    **{f"userIdentifiers.{theirs}": ours for theirs, ours in _SINGLE},
    **{f"userIdentifiers.addressInfo.{theirs}": ours for theirs, ours in _ADDRESS},
    **{kind: kind for kind in ("gclid", "gbraid", "wbraid")},
    "gclidDateTimePair.gclid": "gclid",
    "userAgent": "client_user_agent",
    "orderId": "order_id",
    "conversionValue": "value",
    "currencyCode": "value",
    "restatementValue.adjustedValue": "value",
    "restatementValue.currencyCode": "value",
}


def route(owed: Owed) -> str:
    """The method and the customer it is uploaded for: `click:`, `adjustment:` or `event:`, then the customer.

    An event's route names its conversion action and the login customer as well (events.py).
    """
    if _api(owed) == "data_manager":
        return events.route(owed)
    method = "click" if owed.shape == "click_conversion" else "adjustment"
    return f"{method}:{customer_of(owed.account)}"


def element(owed: Owed) -> str:
    """One conversion as compact JSON, the same text whatever order its identifiers come in."""
    write = events.event if _api(owed) == "data_manager" else _SERIALISERS[owed.shape]
    return orjson.dumps(write(owed)).decode()


def body(route: str, elements: Sequence[str]) -> bytes:
    """The request around elements of one route, byte for byte as frozen. Uploads must have partial failure on."""
    method = route.partition(":")[0]
    if method == "event":
        return events.body(route, elements)
    return b'{"partialFailure":true,"%b":[%b]}' % (_LISTS[method], ",".join(elements).encode())


def api_for(shape: str, chosen: str, tried: str) -> str:
    """Which API takes a conversion of the shape: `data_manager` or `ads_api`.

    `chosen` is the event's own choice, `tried` what probing the account found: an upload that is closed is not chosen.
    """
    takers = _APIS[shape]
    open_to_us = [api for api in takers if (shape, api, tried) not in _CLOSED]
    return chosen if chosen in open_to_us else (open_to_us or takers)[0]


def _api(owed: Owed) -> str:
    return api_for(owed.shape, owed.options.get("route", ""), owed.account.route)


def _click_conversion(owed: Owed) -> dict[str, Any]:
    conversion: dict[str, Any] = {
        owed.click_kind: owed.click,
        "conversionAction": _action(owed),
        "conversionDateTime": _moment(owed.occurred_at),
        "orderId": owed.network_event_id,
    }
    if owed.value is not None:
        conversion |= {"conversionValue": number(owed.value), "currencyCode": owed.value.currency}
    # A gbraid or wbraid stands for people who may not be told apart, so identifiers go only with a gclid.
    identifiers = list(_hashed(owed.identifiers)) if owed.click_kind == "gclid" else []
    if identifiers:
        conversion["userIdentifiers"] = identifiers[:MOST_IDENTIFIERS]
    if owed.options.get("ad_user_data") == "granted":
        conversion["consent"] = {"adUserData": "GRANTED"}
    return conversion


def _enhancement(owed: Owed) -> dict[str, Any]:
    adjustment: dict[str, Any] = {
        "adjustmentType": "ENHANCEMENT",
        "conversionAction": _action(owed),
        "orderId": owed.signal.order_id or owed.network_event_id,
        "gclidDateTimePair": _pair(owed),
        "userIdentifiers": [*_hashed(owed.identifiers), *_addresses(owed.identifiers)][:MOST_IDENTIFIERS],
    }
    if owed.signal.client_user_agent:
        adjustment["userAgent"] = owed.signal.client_user_agent
    if owed.value is not None:
        adjustment["restatementValue"] = _restated(owed.value)
    return adjustment


def _correction(owed: Owed) -> dict[str, Any]:
    """A restatement or retraction names its conversion by order id, which it must where there is one, or by click."""
    adjustment: dict[str, Any] = {"adjustmentType": owed.shape.upper(), "conversionAction": _action(owed)}
    if owed.signal.order_id:
        adjustment["orderId"] = owed.signal.order_id
    else:
        adjustment["gclidDateTimePair"] = _pair(owed)
    adjustment["adjustmentDateTime"] = _moment(owed.occurred_at)
    if owed.shape == "restatement" and owed.value is not None:
        adjustment["restatementValue"] = _restated(owed.value)
    return adjustment


_SERIALISERS: Mapping[str, Callable[[Owed], dict[str, Any]]] = {
    "click_conversion": _click_conversion,
    "enhancement": _enhancement,
    "restatement": _correction,
    "retraction": _correction,
}


def _pair(owed: Owed) -> dict[str, str]:
    """The conversion's moment, which for an adjustment is its original's, with the gclid where there is one."""
    happened = {"conversionDateTime": _moment(owed.signal.original_occurred_at or owed.occurred_at)}
    return {"gclid": owed.click} | happened if owed.click_kind == "gclid" else happened


def _restated(value: Money) -> dict[str, Any]:
    return {"adjustedValue": number(value), "currencyCode": value.currency}


def _action(owed: Owed) -> str:
    """The conversion action's resource name; its id alone decides, so a whole resource name is taken as well."""
    return f"customers/{customer_of(owed.account)}/conversionActions/{owed.destination.rpartition('/')[2]}"


def _moment(moment: datetime) -> str:
    """`yyyy-mm-dd hh:mm:ss+00:00`: Google wants whole seconds and an offset."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds")


def _hashed(identifiers: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """E-mail addresses and phone numbers, one to an object: UserIdentifier is a oneof."""
    for theirs, ours in _SINGLE:
        for wire in identifiers.get(ours, ()):
            yield {theirs: wire}


def _addresses(identifiers: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """The address, only when all that Google needs of it is there."""
    if all(identifiers.get(name) for name in ADDRESS_NEEDS):
        yield {"addressInfo": {theirs: identifiers[ours][0] for theirs, ours in _ADDRESS if identifiers.get(ours)}}
