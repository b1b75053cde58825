"""Conversion adjustments: enhancements, and the checks of retractions and restatements."""

from collections.abc import Sequence
from datetime import timedelta

from apps.sandbox.exchange import fingerprint
from apps.sandbox.google import errors
from apps.sandbox.google.clicks import click_mark, order_mark
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

KIND = "conversionAdjustmentUploadError"
FIELD = "conversion_adjustments"
SUPPORTED = ("hashed_email", "hashed_phone_number", "address_info")
# How long after the conversion each kind is taken, and for which actions.
ALWAYS_DEFAULT = "CANNOT_RESTATE_CONVERSION_ACTION_THAT_ALWAYS_USES_DEFAULT_CONVERSION_VALUE"
WINDOW = {"ENHANCEMENT": timedelta(hours=24), "RETRACTION": timedelta(days=54), "RESTATEMENT": timedelta(days=54)}
ADJUSTABLE = ("UPLOAD_CLICKS", "SALESFORCE", "WEBPAGE")
ACTION_TYPES = {"ENHANCEMENT": ("WEBPAGE",), "RETRACTION": ADJUSTABLE, "RESTATEMENT": ADJUSTABLE}
REPEATED = {
    "ENHANCEMENT": ("CONVERSION_ALREADY_ENHANCED", "DUPLICATE_ENHANCEMENT_IN_REQUEST"),
    "RETRACTION": ("CONVERSION_ALREADY_RETRACTED", "DUPLICATE_ADJUSTMENT_IN_REQUEST"),
    "RESTATEMENT": ("RESTATEMENT_ALREADY_EXISTS", "DUPLICATE_ADJUSTMENT_IN_REQUEST"),
}
RESULT_NAMES = {
    "order_id": "orderId",
    "conversion_action": "conversionAction",
    "adjustment_date_time": "adjustmentDateTime",
    "adjustment_type": "adjustmentType",
}
PAIR_NAMES = {"gclid": "gclid", "conversion_date_time": "conversionDateTime"}


def check(scene: Scene, row: Row) -> Found:
    """Return the first thing wrong with an adjustment, or None."""
    kind = row.get("adjustment_type")
    if kind not in WINDOW:
        return errors.REQUIRED, at("adjustment_type")
    action, found = find_action(scene, row, ACTION_TYPES[kind])
    if action is None or found is not None:
        return found
    if kind == "ENHANCEMENT" and not action.enhanced_conversions:
        return scene.code("CONVERSION_ACTION_NOT_ELIGIBLE_FOR_ENHANCEMENT"), at("conversion_action")
    if kind == "RESTATEMENT" and action.always_use_default_value:
        return scene.code(ALWAYS_DEFAULT), at("conversion_action")
    return (
        (_enhancement(scene, row) if kind == "ENHANCEMENT" else _correction(scene, row, kind))
        or check_order_id(scene, row)
        or check_currency(
            row.get("restatement_value", {}).get("currency_code"), at("restatement_value", "currency_code")
        )
        or _times(scene, row, kind)
    )


def marks(scene: Scene, row: Row) -> tuple[tuple[str, str], ...]:
    """Return what makes an adjustment the same as an earlier one."""
    kind = row["adjustment_type"]
    parts = [kind, str(_conversion(scene, row))]
    if kind == "RESTATEMENT":
        parts.append(str(parse_time(row["adjustment_date_time"])))
    return ((fingerprint("google", scene.customer.id, "adjusted", *parts), REPEATED[kind][0]),)


def requires(scene: Scene, row: Row) -> tuple[str, str] | None:
    """Return the upload that a retraction or restatement needs; a website's conversions come from its tag."""
    action, _ = find_action(scene, row, ADJUSTABLE)
    if row["adjustment_type"] == "ENHANCEMENT" or action is None or action.type == "WEBPAGE":
        return None
    return _conversion(scene, row), "CONVERSION_NOT_FOUND"


def same_in_call(rows: Sequence[Row]) -> dict[int, tuple[str, str]]:
    """Return, by index, the rows that a row of the same call repeats: the code's name and the field."""
    keys = [
        (row["adjustment_type"], row.get("conversion_action"), _reference(row)) if _reference(row) else None
        for row in rows
    ]
    twice = repeated(keys)
    return {
        index: (REPEATED[row["adjustment_type"]][1], "order_id")
        for index, (row, key) in enumerate(zip(rows, keys, strict=True))
        if key in twice
    }


def duplicate_field(code: str) -> str:
    """Return the field that a duplicate's error points at."""
    return "order_id"


def result(row: Row) -> dict[str, object]:
    """Return the result of an accepted row."""
    answer: dict[str, object] = {camel: row[name] for name, camel in RESULT_NAMES.items() if row.get(name)}
    pair = row.get("gclid_date_time_pair")
    if pair:
        answer["gclidDateTimePair"] = {camel: pair[name] for name, camel in PAIR_NAMES.items() if pair.get(name)}
    return answer


def _reference(row: Row) -> str:
    if row.get("adjustment_type") not in REPEATED:
        return ""
    pair = row.get("gclid_date_time_pair", {})
    return str(row.get("order_id") or " ".join(filter(None, (pair.get("gclid"), pair.get("conversion_date_time")))))


def _conversion(scene: Scene, row: Row) -> str:
    if row.get("order_id"):
        return order_mark(scene, row, row["order_id"])
    pair = row["gclid_date_time_pair"]
    return click_mark(scene, row, "gclid", pair["gclid"], pair["conversion_date_time"])


def _enhancement(scene: Scene, row: Row) -> Found:
    if not row.get("order_id"):
        return scene.code("MISSING_ORDER_ID_FOR_WEBPAGE"), at("order_id")
    if not row.get("user_identifiers"):
        return errors.REQUIRED_LIST, at("user_identifiers")
    return check_identifiers(scene, row, SUPPORTED)


def _correction(scene: Scene, row: Row, kind: str) -> Found:
    pair = row.get("gclid_date_time_pair", {})
    if row.get("order_id") and pair:
        return scene.code("GCLID_DATE_TIME_PAIR_AND_ORDER_ID_BOTH_SET"), at("order_id")
    if not row.get("order_id") and not (pair.get("gclid") and pair.get("conversion_date_time")):
        return errors.REQUIRED, at("gclid_date_time_pair")
    for name in ("user_identifiers", "user_agent"):
        if row.get(name):
            return errors.MUST_BE_UNSET, at(name)
    restated = row.get("restatement_value", {}).get("adjusted_value") is not None
    if kind == "RETRACTION" and row.get("restatement_value"):
        return errors.MUST_BE_UNSET, at("restatement_value")
    if kind == "RESTATEMENT" and not restated:
        return errors.REQUIRED, at("restatement_value", "adjusted_value")
    return check_time(scene, row.get("adjustment_date_time"), at("adjustment_date_time"))


def _times(scene: Scene, row: Row, kind: str) -> Found:
    adjusted, where = row.get("adjustment_date_time"), at("adjustment_date_time")
    found = check_time(scene, adjusted, where) if adjusted else None
    happened = row.get("gclid_date_time_pair", {}).get("conversion_date_time")
    if found is not None or not happened:
        return found
    place = at("gclid_date_time_pair", "conversion_date_time")
    found = check_time(scene, happened, place)
    if found is not None:
        return found
    moment, corrected = parse_time(happened), parse_time(adjusted)
    assert moment is not None  # check_time ran before
    if corrected is not None and corrected < moment:
        return scene.code("ADJUSTMENT_PRECEDES_CONVERSION"), where
    return (scene.code("CONVERSION_EXPIRED"), place) if scene.now - moment > WINDOW[kind] else None
