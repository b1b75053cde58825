"""A conversion in LinkedIn's words: one element of a batch, and the body around elements.

Source: learn.microsoft.com/linkedin/marketing/integrations/ads-reporting/conversions-api; external ids:
learn.microsoft.com/linkedin/marketing/conversions/custom-matching-identifiers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from apps.ads.networks.linkedin.manifest import ID_TYPES
from apps.domain.decision import Owed
from apps.domain.money import rounded

_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_RULE_URN = "urn:lla:llaPartnerConversion:"
_LONGEST_EVENT_ID = 64
_USER_INFO = {
    "firstname": "firstName",
    "lastname": "lastName",
    "jobtitle": "title",
    "company": "companyName",
    "country": "countryCode",
}


def route(owed: Owed) -> str:
    """The conversion rule's id: one wrong rule fails a whole batch, so rules do not share one."""
    return owed.destination.removeprefix(_RULE_URN)


def element(owed: Owed) -> str:
    """One conversion event as compact JSON; the same conversion gives the same text, whatever its identifiers' order.

    `destination` may be the rule's bare id or its URN. The amount is text with as many decimals as the currency has.
    Raises KeyError when the value's currency is not an ISO 4217 code.
    """
    event: dict[str, Any] = {
        "conversion": f"{_RULE_URN}{route(owed)}",
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


def _user(owed: Owed) -> dict[str, Any]:
    held = owed.identifiers
    user: dict[str, Any] = {
        "userIds": [
            {"idType": symbol, "idValue": value}
            for field, symbol in ID_TYPES.items()
            for value in sorted(set(held.get(field, ())))
        ]
    }
    if held.get("firstname") and held.get("lastname"):
        user["userInfo"] = {key: held[name][0] for name, key in _USER_INFO.items() if held.get(name)}
    if external_ids := held.get("external_id"):
        user["externalIds"] = [external_ids[0]]
    if lead := held.get("lead_id"):
        user["lead"] = lead[0]
    return user


def _event_id(event_id: str) -> str:
    return event_id if len(event_id) <= _LONGEST_EVENT_ID else sha256(event_id.encode()).hexdigest()
