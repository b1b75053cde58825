"""The structure of an event as tables: which keys exist where, and what each must hold.

A breach is subcode 2804019 with the JSON path of the object that is at fault, `$['data'][0]['user_data']`.
"""

import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from apps.sandbox.currencies import ISO_4217

Check = Callable[[object], bool]

ACTION_SOURCES = frozenset(
    {"email", "website", "app", "phone_call", "chat", "physical_store"}
    | {"system_generated", "business_messaging", "other"}
)
# Hashed by the sender, always; external_id may be, and everything else must not be.
HASHED = ("em", "ph", "fn", "ln", "ge", "db", "ct", "st", "zp", "country")
DIGITS = re.compile(r"\d{15,17}")
STATES = frozenset({0, *range(1000, 1014)})


@dataclass(frozen=True)
class Rule:
    """What one key must hold: the check, and the words for when it does not."""

    holds: Check
    expected: str


def _text(value: object) -> bool:
    return isinstance(value, str)


def _filled(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _integer(value: object) -> bool:
    return type(value) is int


def _number(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
    return type(value) in (int, float)


def _texts(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and set(map(type, value)) == {str})


def _lead_id(value: object) -> bool:
    return type(value) is int and DIGITS.fullmatch(str(value)) is not None


def _address(value: object) -> bool:
    if not isinstance(value, str) or "\x00" in value:
        return False
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            return bool(socket.inet_pton(family, value))
    return False


TEXT = Rule(_text, "a string")
FILLED = Rule(_filled, "a string that is not empty")
INTEGER = Rule(_integer, "an integer")
NUMBER = Rule(_number, "a number")
OBJECT = Rule(lambda value: isinstance(value, dict), "an object")
LIST = Rule(lambda value: isinstance(value, list), "an array")
BOOLEAN = Rule(lambda value: isinstance(value, bool), "a boolean")
TEXTS = Rule(_texts, "a string or an array of strings")
CURRENCY = Rule(lambda value: isinstance(value, str) and value.strip().upper() in ISO_4217, "an ISO 4217 currency code")
WEB_ADDRESS = Rule(lambda value: isinstance(value, str) and value.startswith(("http://", "https://")), "an http(s) URL")

EVENT: Mapping[str, Rule] = {
    "event_name": FILLED,
    "event_time": INTEGER,
    "action_source": Rule(
        lambda value: value in ACTION_SOURCES if isinstance(value, str) else False, "an action source"
    ),
    "event_id": TEXT,
    "event_source_url": WEB_ADDRESS,
    "referrer_url": TEXT,
    "user_data": OBJECT,
    "custom_data": OBJECT,
    "app_data": OBJECT,
    "opt_out": BOOLEAN,
    "data_processing_options": Rule(lambda value: value in ([], ["LDU"]), '[] or ["LDU"]'),
    "data_processing_options_country": Rule(lambda value: _integer(value) and value in (0, 1), "0 or 1"),
    "data_processing_options_state": Rule(lambda value: _integer(value) and value in STATES, "0 or 1000 to 1013"),
    "original_event_data": OBJECT,
    "attribution_data": OBJECT,
    "customer_segmentation": TEXT,
    "messaging_channel": Rule(lambda value: value in ("messenger", "whatsapp", "instagram"), "a messaging channel"),
    "advanced_measurement_table": TEXT,
}
REQUIRED = ("event_name", "event_time", "action_source", "user_data")
USER_DATA: Mapping[str, Rule] = {
    **dict.fromkeys(HASHED, TEXTS),
    "external_id": TEXTS,
    "client_ip_address": Rule(_address, "an IPv4 or IPv6 address"),
    "client_user_agent": TEXT,
    "fbc": TEXT,
    "fbp": TEXT,
    "lead_id": Rule(_lead_id, "an integer of 15 to 17 digits"),
    **dict.fromkeys(("subscription_id", "fb_login_id", "anon_id", "madid", "page_id", "page_scoped_user_id"), TEXT),
    **dict.fromkeys(("ctwa_clid", "ig_account_id", "ig_sid", "whatsapp_business_account_id"), TEXT),
    **dict.fromkeys(("f5first", "f5last", "fi", "dobd", "dobm", "doby"), TEXTS),
    **dict.fromkeys(("partner_id", "partner_name"), TEXT),
}
# custom_data may hold anything else as well; these keys have a meaning and therefore a type.
CUSTOM_DATA: Mapping[str, Rule] = {
    "value": NUMBER,
    "currency": CURRENCY,
    "predicted_ltv": NUMBER,
    "num_items": Rule(_number, "a number"),
    "content_ids": LIST,
    "contents": LIST,
    "order_id": TEXT,
    "event_source": TEXT,
    "lead_event_source": TEXT,
}
# What an action source needs besides, as (object, key); the strict profile enforces it, the live API was seen not to.
NEEDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "website": (("", "event_source_url"), ("user_data", "client_user_agent")),
    "app": (("", "app_data"),),
    "business_messaging": (("", "messaging_channel"),),
}
CRM_NEEDS = (("custom_data", "lead_event_source"),)


def problem(index: int, event: object, *, strict: bool) -> str | None:
    """Return what is structurally wrong with event `index`, with its JSON path, or None."""
    path = f"$['data'][{index}]"
    if not isinstance(event, dict):
        return f'Expected an object for param "{path}".'
    return (
        _keys(path, event, EVENT, closed=True)
        or _missing(path, event, REQUIRED)
        or _keys(f"{path}['user_data']", event["user_data"], USER_DATA, closed=True)
        or _keys(f"{path}['custom_data']", event.get("custom_data") or {}, CUSTOM_DATA, closed=False)
        or (_needs(path, event) if strict else None)
    )


def is_lead_event(event: dict[str, object]) -> bool:
    """Return whether an event is of the Conversion Leads profile: made by a system, from a CRM."""
    custom = event.get("custom_data")
    from_crm = isinstance(custom, dict) and custom.get("event_source") == "crm"
    return from_crm and event["action_source"] == "system_generated"


def _keys(path: str, given: dict[str, object], table: Mapping[str, Rule], *, closed: bool) -> str | None:
    for key, value in given.items():
        rule = table.get(key)
        if rule is None:
            if closed:
                return f'Unexpected key "{key}" on param "{path}".'
        elif value is not None and not rule.holds(value):
            return f"Invalid value for param \"{path}['{key}']\": expected {rule.expected}."
    return None


def _missing(path: str, given: dict[str, object], required: tuple[str, ...]) -> str | None:
    for key in required:
        if given.get(key) is None:
            return f'Missing required key "{key}" on param "{path}".'
    return None


def _needs(path: str, event: dict[str, object]) -> str | None:
    needs = NEEDS.get(str(event["action_source"]), ()) + (CRM_NEEDS if is_lead_event(event) else ())
    for part, key in needs:
        holder = event.get(part) if part else event
        if not isinstance(holder, dict) or not holder.get(key):
            where = f"{path}['{part}']" if part else path
            return f'Missing required key "{key}" on param "{where}".'
    return None
