"""Conversions as events of Google's Data Manager API: JSON that is frozen once written.

Fields and their rules: google.ads.datamanager_v1, Event and IngestEventsRequest, and
developers.google.com/data-manager/api/devguides/events. A request has one destination, so its events share an action.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

import orjson

from apps.ads.networks.google.manifest import ADDRESS_NEEDS
from apps.ads.networks.google.words import customer_of, digits, number
from apps.domain.decision import Owed

MOST_IDENTIFIERS = 10

_SOURCES = {"click_conversion": "OTHER", "enhancement": "WEB", "form_event": "WEB"}
_CONSENT = {"granted": "CONSENT_GRANTED", "denied": "CONSENT_DENIED"}
_CONSENTS = (("adUserData", "ad_user_data"), ("adPersonalization", "ad_personalization"))
_SINGLE = (("emailAddress", "email"), ("phoneNumber", "phone"))
_ADDRESS = (("givenName", "firstname"), ("familyName", "lastname"), ("regionCode", "country"), ("postalCode", "zip"))

# Where in an event our fields stand.
CARRIED = {
    **{f"userData.userIdentifiers.{theirs}": ours for theirs, ours in _SINGLE},
    **{f"userData.userIdentifiers.address.{theirs}": ours for theirs, ours in _ADDRESS},
    **{f"adIdentifiers.{kind}": kind for kind in ("gclid", "gbraid", "wbraid")},
    **{f"consent.{theirs}": "consent" for theirs, _ in _CONSENTS},
    "eventDeviceInfo.userAgent": "client_user_agent",
    "transactionId": "order_id",
    "conversionValue": "value",
    "currency": "value",
}


def route(owed: Owed) -> str:
    """`event:{customer}:{action}`, with `:{login customer}` when the account is reached through a manager."""
    customer, login = customer_of(owed.account), digits(owed.account.login_customer_id)
    through = f":{login}" if login and login != customer else ""
    return f"event:{customer}:{owed.destination.rpartition('/')[2]}{through}"


def event(owed: Owed) -> dict[str, Any]:
    """One Event. Its transaction id is the order id: the tag's own for a form, where the signal brings it."""
    is_form = _SOURCES[owed.shape] == "WEB"
    written: dict[str, Any] = {
        "transactionId": (owed.signal.order_id if is_form else "") or owed.network_event_id,
        "eventTimestamp": _moment(owed),
        "eventSource": _SOURCES[owed.shape],
    }
    if owed.click_kind:
        written["adIdentifiers"] = {owed.click_kind: owed.click}
    # A gbraid or wbraid stands for people who may not be told apart, so identifiers go only with a gclid.
    if owed.click_kind in ("", "gclid") and (users := [*_single(owed.identifiers), *_addresses(owed.identifiers)]):
        written["userData"] = {"userIdentifiers": users[:MOST_IDENTIFIERS]}
    if consent := {theirs: _CONSENT[owed.options[ours]] for theirs, ours in _CONSENTS if owed.options.get(ours)}:
        written["consent"] = consent
    if owed.value is not None:
        written |= {"conversionValue": number(owed.value), "currency": owed.value.currency}
    if is_form and owed.signal.client_user_agent:
        written["eventDeviceInfo"] = {"userAgent": owed.signal.client_user_agent}
    return written


def body(route: str, elements: Sequence[str]) -> bytes:
    """IngestEventsRequest for the one destination that the route names."""
    _, customer, action, *through = route.split(":")
    destination: dict[str, Any] = {"operatingAccount": _account(customer)}
    if through:
        destination["loginAccount"] = _account(through[0])
    destination["productDestinationId"] = action
    return b'{"destinations":[%b],"encoding":"HEX","events":[%b]}' % (
        orjson.dumps(destination),
        ",".join(elements).encode(),
    )


def _account(customer: str) -> dict[str, str]:
    return {"accountType": "GOOGLE_ADS", "accountId": customer}


def _moment(owed: Owed) -> str:
    """RFC 3339 in UTC with whole seconds; an adjustment's event happened when its original did."""
    moment = owed.signal.original_occurred_at or owed.occurred_at
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _single(identifiers: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """E-mail addresses and phone numbers, one to an object: UserIdentifier is a oneof."""
    for theirs, ours in _SINGLE:
        for wire in identifiers.get(ours, ()):
            yield {theirs: wire}


def _addresses(identifiers: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, Any]]:
    """The address, only as a whole."""
    if all(identifiers.get(name) for name in ADDRESS_NEEDS):
        yield {"address": {theirs: identifiers[ours][0] for theirs, ours in _ADDRESS}}
