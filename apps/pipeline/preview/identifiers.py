"""One identifier a line, as a network matches it."""

from typing import Any

import orjson

from apps.ads.registry import NETWORKS
from apps.domain.identity import normalise
from apps.domain.identity.dates import DATE_ORDERS
from apps.domain.identity.normalise import EXTERNAL_ID_MODES
from apps.pipeline.preview.reading import Unreadable, json_object, moment, needed, one_of, section, text

FIELDS = (
    "email",
    "phone",
    "firstname",
    "lastname",
    "street",
    "city",
    "state",
    "zip",
    "country",
    "date_of_birth",
    "gender",
    "external_id",
)
_TABLE = {
    "network": one_of(*NETWORKS),
    "field": one_of(*FIELDS),
    "value": lambda value: (
        str(value) if isinstance(value, str) else text(value)
    ),  # broken characters are the rules' to name
    "country": text,
    "default_country": text,
    "date_order": one_of(*sorted(DATE_ORDERS)),
    "external_id_mode": one_of(*sorted(EXTERNAL_ID_MODES)),
    "now": moment,
}
_SETTINGS = ("country", "default_country", "date_order", "external_id_mode")


def identifier_line(line: bytes) -> bytes:
    """The answer to one line; one that cannot be read is answered with the error that names why."""
    try:
        return orjson.dumps(_normalised(section(json_object(line), _TABLE)))
    except Unreadable as unreadable:
        return orjson.dumps(
            {"verdict": "error", "reason": str(unreadable), "normalised": None, "hashed": None, "dropped": None}
        )


def _normalised(asked: dict[str, Any]) -> dict[str, Any]:
    needed(asked, "", "network", "field")
    found = normalise(
        network=asked["network"],
        field=asked["field"],
        value=asked.get("value"),
        today=asked["now"].date() if "now" in asked else None,
        **{name: asked[name] for name in _SETTINGS if name in asked},
    )
    return {"normalised": _one(found.values), "hashed": _one(found.hashed), "dropped": found.dropped}


def _one(values: tuple[str, ...]) -> str | list[str] | None:
    if len(values) > 1:
        return list(values)
    return values[0] if values else None
