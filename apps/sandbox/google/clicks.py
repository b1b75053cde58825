"""Click conversions: what Google refuses in a row, and what makes two of them the same."""

import re
from collections.abc import Sequence
from datetime import timedelta

from apps.sandbox.exchange import fingerprint
from apps.sandbox.google import errors
from apps.sandbox.google.rows import (
    Found,
    Row,
    Scene,
    at,
    check_currency,
    check_identifiers,
    check_order_id,
    check_time,
    find_action,
    parse_time,
    repeated,
)
from apps.sandbox.worlds.google import Action

KIND = "conversionUploadError"
FIELD = "conversions"
SUPPORTED = ("hashed_email", "hashed_phone_number")
CLICK_IDS = ("gclid", "gbraid", "wbraid")
CLICK_ID = re.compile(r"[A-Za-z0-9_-]{20,100}")
OLDEST = timedelta(days=90)
YOUNGEST_CLICK = timedelta(hours=6)
# Open only to accounts that Google put on a list; everybody else is told so on the row.
RESTRICTED = (
    "conversion_environment",
    "user_ip_address",
    "session_attributes_encoded",
    "session_attributes_key_value_pairs",
)
RESULT_NAMES = {name: name for name in CLICK_IDS} | {
    "conversion_action": "conversionAction",
    "conversion_date_time": "conversionDateTime",
}


def check(scene: Scene, row: Row) -> Found:
    """Return the first thing wrong with a click conversion, or None."""
    action, found = find_action(scene, row, ("UPLOAD_CLICKS",))
    if action is None or found is not None:
        return found
    return (
        check_time(scene, row.get("conversion_date_time"), at("conversion_date_time"))
        or _click_ids(scene, row, action)
        or check_identifiers(scene, row, SUPPORTED)
        or _enhanced_conversions(scene, row)
        or check_order_id(scene, row)
        or check_currency(row.get("currency_code"), at("currency_code"))
        or _restricted(scene, row)
        or _external(scene, row, action)
        or _variables(scene, row)
        or _click(scene, row, action)
    )


def marks(scene: Scene, row: Row) -> tuple[tuple[str, str], ...]:
    """Return what makes a conversion the same as an earlier one, per action: its order id; its click with its time."""
    found = []
    if row.get("order_id"):
        found.append((order_mark(scene, row, row["order_id"]), "ORDER_ID_ALREADY_IN_USE"))
    kind, click_id = _click_id(row)
    if click_id:
        mark = click_mark(scene, row, kind, click_id, row["conversion_date_time"])
        found.append((mark, "CLICK_CONVERSION_ALREADY_EXISTS"))
    return tuple(found)


def order_mark(scene: Scene, row: Row, order_id: str) -> str:
    """Return the fingerprint of an order at a conversion action."""
    return fingerprint("google", scene.customer.id, "order", _action_id(row), order_id)


def click_mark(scene: Scene, row: Row, kind: str, click_id: str, conversion_date_time: str) -> str:
    """Return the fingerprint of a click's conversion at a time and an action; the instant counts, not its offset."""
    moment = parse_time(conversion_date_time)
    return fingerprint("google", scene.customer.id, kind, _action_id(row), click_id, str(moment))


def same_in_call(rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
    """Return, by index, the rows that repeat each other: the code's name and the field. None of them is processed."""
    orders = [(row.get("conversion_action"), row["order_id"]) if row.get("order_id") else None for row in rows]
    clicks = [
        (row.get("conversion_action"), _click_id(row), row.get("conversion_date_time")) if _click_id(row)[1] else None
        for row in rows
    ]
    found: dict[int, tuple[str, str]] = {}
    for keys, code, field in (
        (clicks, "DUPLICATE_CLICK_CONVERSION_IN_REQUEST", "gclid"),
        (orders, "DUPLICATE_ORDER_ID", "order_id"),
    ):
        twice = repeated(keys)
        found |= {index: (code, field) for index, key in enumerate(keys) if key in twice}
    return found


def duplicate_field(code: str) -> str:
    """Return the field that a duplicate's error points at."""
    return "order_id" if code == "ORDER_ID_ALREADY_IN_USE" else "gclid"


def result(row: Row) -> dict[str, object]:
    """Return the result of an accepted row."""
    return {camel: row[name] for name, camel in RESULT_NAMES.items() if row.get(name)}


def _action_id(row: Row) -> str:
    return str(row["conversion_action"]).rpartition("/")[2]


def _click_id(row: Row) -> tuple[str, str]:
    return next(((name, row[name]) for name in CLICK_IDS if row.get(name)), ("", ""))


def _click_ids(scene: Scene, row: Row, action: Action) -> Found:
    given = [name for name in CLICK_IDS if row.get(name)]
    if {"gbraid", "wbraid"} <= set(given):
        return scene.code("GBRAID_WBRAID_BOTH_SET"), at("gbraid")
    if not given and not row.get("user_identifiers"):
        return errors.REQUIRED, at("gclid")
    for name in given:
        if not CLICK_ID.fullmatch(row[name]):
            return scene.code(f"UNPARSEABLE_{name.upper()}"), at(name)
    if given and given[0] != "gclid" and action.counting_type == "ONE_PER_CLICK":
        return scene.code("ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID"), at("conversion_action")
    return None


def _enhanced_conversions(scene: Scene, row: Row) -> Found:
    if row.get("user_identifiers") and not scene.customer.enhanced_conversions_for_leads:
        return scene.code("CUSTOMER_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS"), at("user_identifiers")
    return None


def _restricted(scene: Scene, row: Row) -> Found:
    used = next((name for name in RESTRICTED if row.get(name)), None)
    return (errors.NOT_ALLOW_LISTED, at(used)) if used and not scene.customer.restricted_fields_allowed else None


def _external(scene: Scene, row: Row, action: Action) -> Found:
    given = bool(row.get("external_attribution_data"))
    if action.attribution_model != "EXTERNAL":
        code = "EXTERNAL_ATTRIBUTION_DATA_SET_FOR_NON_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION"
        return (scene.code(code), at("external_attribution_data")) if given else None
    for wrong, code, field in (
        (not given, "EXTERNAL_ATTRIBUTION_DATA_NOT_SET_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION", "gclid"),
        (row.get("order_id"), "ORDER_ID_NOT_PERMITTED_FOR_EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION", "order_id"),
        (
            row.get("user_identifiers"),
            "EXTERNALLY_ATTRIBUTED_CONVERSION_ACTION_NOT_PERMITTED_WITH_USER_IDENTIFIER",
            "user_identifiers",
        ),
    ):
        if wrong:
            return scene.code(code), at(field)
    return None


def _variables(scene: Scene, row: Row) -> Found:
    for index, given in enumerate(row.get("custom_variables", [])):
        number = given.get("conversion_custom_variable", "").rpartition("/")[2]
        where = (("custom_variables", index),)
        if not scene.world.is_enabled(scene.customer.id, number):
            return scene.code("CUSTOM_VARIABLE_NOT_ENABLED"), (*where, ("conversion_custom_variable", None))
        if "@" in given.get("value", ""):
            return scene.code("CUSTOM_VARIABLE_VALUE_CONTAINS_PII"), (*where, ("value", None))
    return None


def _click(scene: Scene, row: Row, action: Action) -> Found:
    moment = parse_time(row["conversion_date_time"])
    assert moment is not None  # check_time ran before
    where = at("conversion_date_time")
    click = scene.world.click_by_gclid.get(row.get("gclid", ""))
    if click is None:
        return (scene.code("EXPIRED_EVENT"), where) if scene.now - moment > OLDEST else None
    if scene.world.tracker_of(click.customer) != scene.customer.id:
        return scene.code("INVALID_CUSTOMER_FOR_CLICK"), at("gclid")
    if moment < click.clicked_at:
        return scene.code("CONVERSION_PRECEDES_EVENT"), where
    if moment - click.clicked_at > timedelta(days=action.click_through_lookback_window_days):
        return scene.code("EXPIRED_EVENT"), where
    return (scene.code("TOO_RECENT_EVENT"), at("gclid")) if scene.now - click.clicked_at < YOUNGEST_CLICK else None
