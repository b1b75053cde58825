"""Events of the Data Manager API: what spoils a request at once, and what is found out only later, by count."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.sandbox.currencies import ISO_4217
from apps.sandbox.google.clicks import CLICK_ID, CLICK_IDS, OLDEST, YOUNGEST_CLICK
from apps.sandbox.google.event_errors import Violation
from apps.sandbox.google.rows import Row, Scene
from apps.sandbox.worlds.google import Action

MOST_IDENTIFIERS = 10
LONGEST_TRANSACTION_ID = 512
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
HEX = re.compile(r"[0-9a-fA-F]*")
REGION = re.compile(r"[A-Z]{2}")
SOURCELESS = (None, "EVENT_SOURCE_UNSPECIFIED", "UNKNOWN")
ADDRESS_HASHED = ("given_name", "family_name")
ADDRESS_PARTS = (*ADDRESS_HASHED, "region_code", "postal_code")


def moment_of(value: object) -> datetime | None:
    """Return an RFC 3339 timestamp as a UTC time, or None when it is not one."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def violations(scene: Scene, event: Row, *, encoding: str, rehearsal: bool) -> Iterator[Violation]:
    """Yield what is wrong with an event; fields are named from the event on."""
    happened = event.get("event_timestamp")
    moment = moment_of(happened)
    transaction_id = event.get("transaction_id", "")
    identified = event.get("user_data", {}).get("user_identifiers") or any(event.get("ad_identifiers", {}).values())
    for wrong, field, reason in (
        (not happened, "event_timestamp", "REQUIRED_FIELD_MISSING"),
        (happened and moment is None, "event_timestamp", "INVALID_FORMAT"),
        (moment is not None and moment > scene.now, "event_timestamp", "EVENT_TIME_INVALID"),
        (event.get("event_source") in SOURCELESS, "event_source", "REQUIRED_FIELD_MISSING"),
        # A rehearsal lets a number pass that the real call refuses.
        (transaction_id.isdecimal() and not rehearsal, "transaction_id", "INVALID_FORMAT"),
        (len(transaction_id) > LONGEST_TRANSACTION_ID, "transaction_id", "FIELD_VALUE_TOO_LONG"),
        (not identified, "", "NO_IDENTIFIERS_PROVIDED"),
        (event.get("currency") and event["currency"] not in ISO_4217, "currency", "INVALID_CURRENCY_CODE"),
    ):
        if wrong:
            yield Violation(field, reason)
    yield from _identifiers(event, encoding)


def later(scene: Scene, action: Action, event: Row, consent: Mapping[str, Any]) -> str:
    """Return the reason for which an event that was taken is not counted in the end, or an empty text."""
    moment = moment_of(event["event_timestamp"])
    assert moment is not None  # violations() ran before
    given = {name: value for name, value in event.get("ad_identifiers", {}).items() if name in CLICK_IDS and value}
    bad = next((name for name, value in given.items() if not CLICK_ID.fullmatch(value)), None)
    if reason := _consent(scene, event, consent):
        return reason
    if bad:
        return f"INVALID_{bad.upper()}"
    if given.keys() & {"gbraid", "wbraid"} and action.counting_type == "ONE_PER_CLICK":
        return "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID"
    if scene.now - moment > OLDEST:
        return "EVENT_TOO_OLD"
    return _click(scene, action, given.get("gclid", ""), moment)


def _consent(scene: Scene, event: Row, consent: Mapping[str, Any]) -> str:
    said = (event.get("consent", {}).get("ad_user_data"), consent.get("ad_user_data"))
    if not scene.customer.consented:
        return "NO_CONSENT"
    if "CONSENT_DENIED" in said:
        return "DENIED_CONSENT"
    return "UNKNOWN_CONSENT" if scene.customer.wants_consent and "CONSENT_GRANTED" not in said else ""


def _click(scene: Scene, action: Action, gclid: str, moment: datetime) -> str:
    click = scene.world.click_by_gclid.get(gclid)
    if click is None:
        return ""
    for wrong, reason in (
        (scene.world.tracker_of(click.customer) != scene.customer.id, "INVALID_OPERATING_ACCOUNT_FOR_CLICK"),
        (moment < click.clicked_at, "CONVERSION_PRECEDES_CLICK"),
        (moment - click.clicked_at > timedelta(days=action.click_through_lookback_window_days), "EVENT_TOO_OLD"),
        (scene.now - click.clicked_at < YOUNGEST_CLICK, "TOO_RECENT_CLICK"),
    ):
        if wrong:
            return reason
    return ""


def _identifiers(event: Row, encoding: str) -> Iterator[Violation]:
    identifiers = event.get("user_data", {}).get("user_identifiers", [])
    if len(identifiers) > MOST_IDENTIFIERS:
        yield Violation("user_data.user_identifiers", "TOO_MANY_USER_IDENTIFIERS")
    for index, identifier in enumerate(identifiers):
        where = f"user_data.user_identifiers[{index}]"
        if not identifier:
            yield Violation(where, "REQUIRED_FIELD_MISSING")
        for name, value in identifier.items():
            if name == "address":
                yield from _address(value, f"{where}.address", encoding)
            elif reason := _not_a_hash(value, encoding):
                yield Violation(f"{where}.{name}", reason)


def _address(address: Row, where: str, encoding: str) -> Iterator[Violation]:
    yield from (
        Violation(f"{where}.{part}", "REQUIRED_FIELD_MISSING") for part in ADDRESS_PARTS if not address.get(part)
    )
    for part in ADDRESS_HASHED:
        if address.get(part) and (reason := _not_a_hash(address[part], encoding)):
            yield Violation(f"{where}.{part}", reason)
    if address.get("region_code") and not REGION.fullmatch(address["region_code"]):
        yield Violation(f"{where}.region_code", "INVALID_REGION_CODE")


def _not_a_hash(value: str, encoding: str) -> str:
    if encoding == "HEX":
        if not HEX.fullmatch(value):
            return "INVALID_HEX_ENCODING"
        return "" if len(value) == 64 else "INVALID_SHA256_FORMAT"
    try:
        return "" if len(base64.b64decode(value, validate=True)) == 32 else "INVALID_SHA256_FORMAT"
    except (binascii.Error, ValueError):
        return "INVALID_BASE64_ENCODING"
