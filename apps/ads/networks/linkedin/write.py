"""A conversion in LinkedIn's words: one element of a batch, and the body around elements.

Source: learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api; external ids:
learn.microsoft.com/linkedin/marketing/conversions/custom-matching-identifiers.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from apps.ads.networks.linkedin.manifest import HASH_NAMES
from apps.ads.networks.linkedin.versions import IN_USE, PINNED, WITH_HASHED_NAMES, Version
from apps.domain.decision import Owed
from apps.domain.identity import normalise
from apps.domain.money import rounded

_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_RULE_URN = "urn:lla:llaPartnerConversion:"
_LEAD_URN = "urn:li:leadGenFormResponse:"
_LONGEST_EVENT_ID = 64
_PLAIN_NAMES = {"firstname": "firstName", "lastname": "lastName"}
_HASHED_NAMES = {"firstname": "hashedFirstName", "lastname": "hashedLastName"}
_USER_INFO = {
    "jobtitle": "title",
    "company": "companyName",
    "country": "countryCode",
}

# Where in an event our fields stand; of a user's ids the type is the last step.
CARRIED = {
    **{f"user.userIds.{symbol}": ours for version in IN_USE.values() for ours, symbol in version.id_types.items()},
    **{
        f"user.userInfo.{theirs}": ours
        for names in (_PLAIN_NAMES, _HASHED_NAMES, _USER_INFO)
        for ours, theirs in names.items()
    },
    "user.externalIds": "external_id",
    "user.lead": "lead_id",
    "conversionValue.amount": "value",
    "conversionValue.currencyCode": "value",
}


def route(owed: Owed) -> str:
    """`rule@version`: one wrong rule fails a whole batch, and what is frozen keeps the version it was written for."""
    return f"{_rule(owed)}@{_version(owed).name}"


def version_of(route: str) -> Version:
    """The version in which a route's elements go; the pinned one when theirs is no longer in use."""
    return IN_USE.get(route.rpartition("@")[2], PINNED)


def element(owed: Owed) -> str:
    """One conversion event as compact JSON; the same conversion gives the same text, whatever its identifiers' order.

    `destination` may be the rule's bare id or its URN. The amount is text with as many decimals as the currency has.
    Raises KeyError when the value's currency is not an ISO 4217 code.
    """
    event: dict[str, Any] = {
        "conversion": f"{_RULE_URN}{_rule(owed)}",
        "conversionHappenedAt": (owed.occurred_at - _EPOCH) // _MILLISECOND,
    }
    if owed.value is not None:
        amount = rounded(owed.value.amount, owed.value.currency)
        event["conversionValue"] = {"currencyCode": owed.value.currency, "amount": f"{amount:f}"}
    event["user"] = _user(owed)
    event["eventId"] = _event_id(owed.network_event_id)
    return orjson.dumps(event).decode()


def body(route: str, elements: Sequence[str]) -> bytes:
    """The batch around the frozen elements, byte for byte as they were judged and in their order."""
    return f'{{"elements":[{",".join(elements)}]}}'.encode()


def _rule(owed: Owed) -> str:
    return owed.destination.removeprefix(_RULE_URN)


def _version(owed: Owed) -> Version:
    return WITH_HASHED_NAMES if HASH_NAMES in owed.options else PINNED


def _user(owed: Owed) -> dict[str, Any]:
    held, version = owed.identifiers, _version(owed)
    user: dict[str, Any] = {
        "userIds": [
            {"idType": symbol, "idValue": value}
            for field, symbol in version.id_types.items()
            for value in sorted(set(held.get(field, ())))
        ]
    }
    if names := _names(held, version):
        user["userInfo"] = names | {key: held[field][0] for field, key in _USER_INFO.items() if held.get(field)}
    if external_ids := held.get("external_id"):
        user["externalIds"] = [external_ids[0]]
    if lead := held.get("lead_id"):
        user["lead"] = f"{_LEAD_URN}{lead[0].removeprefix(_LEAD_URN)}"
    return user


def _names(held: Mapping[str, tuple[str, ...]], version: Version) -> dict[str, str]:
    """Both names as the version takes them, or none: LinkedIn refuses one without the other."""
    keys = _HASHED_NAMES if version.hashed_names else _PLAIN_NAMES
    names = {key: held[field][0] for field, key in keys.items() if held.get(field)}
    if version.hashed_names:
        names = {key: wire for key, name in names.items() if (wire := _hashed(name))}
    return names if len(names) == len(keys) else {}


def _hashed(name: str) -> str:
    wire = normalise(network="linkedin", field="hashed_firstname", value=name).wire
    return wire[0] if wire else ""


def _event_id(event_id: str) -> str:
    return event_id if len(event_id) <= _LONGEST_EVENT_ID else sha256(event_id.encode()).hexdigest()
