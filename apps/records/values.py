"""Checking the values that clients write into properties. Each fault names the property and the fix."""

import re
from collections.abc import Mapping

from apps.core.errors import Fault
from apps.domain.money import parse_amount
from apps.records.moments import parse_moment

LONGEST = 65_536
LIMITS = {"email": 254, "lifecyclestage": 100, "dealstage": 100, "pipeline": 100, "domain": 253}
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")
_CURRENCY = re.compile(r"[A-Z]{3}")


def as_text(value: object) -> str | None:
    """A JSON scalar as HubSpot keeps it: text; None clears. Anything else is not a property value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) < 10**30:
        return str(value)
    if isinstance(value, float):
        return repr(value)
    return None


def check(properties: Mapping[str, object], types: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """The values as text, and what is wrong with the others. `types` are the known properties' types by name."""
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for name, given in properties.items():
        text = as_text(given)
        message = _fault(name, text, types)
        if message or text is None:
            code = "PROPERTY_DOESNT_EXIST" if name not in types else "INVALID_VALUE"
            faults.append(Fault(name[:100], code, message))
        else:
            values[name] = text.strip() if name == "email" else text
    return values, faults


def _fault(name: str, text: str | None, types: Mapping[str, str]) -> str:
    if name not in types:
        return f'Property "{name[:100]}" does not exist. Create it first, or correct its name.'
    if text is None:
        return "Send text, a number, true, false or null."
    if "\x00" in text or (not text.isprintable() and any(0xD800 <= ord(char) <= 0xDFFF for char in text)):
        return "Remove the NUL and unpaired surrogate characters."
    if len(text) > LIMITS.get(name, LONGEST):
        return f"It has {len(text)} characters; at most {LIMITS.get(name, LONGEST)} are kept."
    if not text.strip():
        return ""
    return _by_type(name, text.strip(), types[name])


def _by_type(name: str, text: str, kind: str) -> str:
    if kind == "number" and parse_amount(text) is None:
        return f"{text[:40]!r} is not a number. Write it with a point, such as 1250.50."
    if kind == "datetime" and parse_moment(text) is None:
        return f"{text[:40]!r} is not a time. Write ISO 8601 with an offset, or Unix milliseconds."
    if name == "email" and not _EMAIL.fullmatch(text):
        return f"{text[:80]!r} is not an e-mail address. Write it as name@example.com."
    if name == "deal_currency_code" and not _CURRENCY.fullmatch(text):
        return f"{text[:10]!r} is not a currency code. Write three capitals, such as EUR."
    return ""
