"""Checks that clicks and adjustments share: the conversion action, times, user identifiers, repeats inside one call."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.sandbox.currencies import ISO_4217
from apps.sandbox.google import errors
from apps.sandbox.google.errors import Code, Path
from apps.sandbox.worlds.google import Action, Customer, GoogleWorld

# A row in snake_case, as messages.read returns it.
Row = Mapping[str, Any]
# What is wrong with a row: the code and the path inside the row.
Found = tuple[Code, Path] | None

ACTION_NAME = re.compile(r"customers/[^/]+/conversionActions/(\d+)")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d")
SHA256 = re.compile(r"[0-9a-f]{64}")
MOST_IDENTIFIERS = 5
ADDRESS_HASHED = ("hashed_first_name", "hashed_last_name", "hashed_street_address")
ADDRESS_REQUIRED = ("hashed_first_name", "hashed_last_name", "postal_code", "country_code")


@dataclass(frozen=True)
class Scene:
    """What a row is judged against. `kind` is the upload service's own error category."""

    world: GoogleWorld
    customer: Customer
    now: datetime
    kind: str

    def code(self, name: str) -> Code:
        """Return a code of the upload service's own enum."""
        return self.kind, name


def at(*names: str) -> Path:
    """Return a field path inside a row, without indices."""
    return tuple((name, None) for name in names)


def find_action(scene: Scene, row: Row, types: tuple[str, ...]) -> tuple[Action | None, Found]:
    """Return the row's conversion action, or what is wrong with it. Only the id counts, not the name's customer."""
    name = row.get("conversion_action")
    where = at("conversion_action")
    if not name:
        return None, (errors.REQUIRED, where)
    match = ACTION_NAME.fullmatch(name)
    if match is None:
        return None, (errors.BAD_RESOURCE, where)
    action = scene.world.action_by_id.get((scene.customer.id, match[1]))
    if action is None:
        return None, (scene.code("NO_CONVERSION_ACTION_FOUND"), where)
    if is_new(scene, action):
        return action, (scene.code("TOO_RECENT_CONVERSION_ACTION"), where)
    return action, None if action.type in types else (scene.code("INVALID_CONVERSION_ACTION_TYPE"), where)


def is_new(scene: Scene, action: Action) -> bool:
    """Return whether an action was made so recently that the uploads do not know it yet."""
    lag = timedelta(hours=scene.world.action_lag_hours)
    return action.created_at is not None and scene.now < action.created_at + lag


def parse_time(value: str | None) -> datetime | None:
    """Return `yyyy-mm-dd hh:mm:ss+hh:mm` as a UTC time, or None when it is not one; the offset is mandatory."""
    if not value or not DATE_TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def check_time(scene: Scene, value: str | None, where: Path) -> Found:
    """Return what is wrong with a mandatory time that must not lie in the future."""
    if not value:
        return errors.REQUIRED, where
    moment = parse_time(value)
    if moment is None:
        return errors.BAD_DATE_TIME, where
    return (errors.IN_THE_FUTURE, where) if moment > scene.now else None


def check_currency(value: str | None, where: Path) -> Found:
    """Return what is wrong with a currency that may be absent."""
    return (errors.BAD_CURRENCY, where) if value and value not in ISO_4217 else None


def check_order_id(scene: Scene, row: Row) -> Found:
    """Return a complaint when the order id carries an e-mail address."""
    return (scene.code("ORDER_ID_CONTAINS_PII"), at("order_id")) if "@" in row.get("order_id", "") else None


def check_identifiers(scene: Scene, row: Row, supported: tuple[str, ...]) -> Found:
    """Return what is wrong with the user identifiers: the customer's terms, their number, their kind, their hashes."""
    identifiers = row.get("user_identifiers", [])
    where = at("user_identifiers")
    if not identifiers:
        return None
    if not scene.customer.terms_accepted:
        return scene.code("CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"), where
    if len(identifiers) > MOST_IDENTIFIERS:
        return errors.TOO_MANY_ITEMS, where
    for index, identifier in enumerate(identifiers):
        found = _identifier(scene, identifier, (("user_identifiers", index),), supported)
        if found is not None:
            return found
    return None


def _identifier(scene: Scene, identifier: Row, where: Path, supported: tuple[str, ...]) -> Found:
    given = next((name for name in identifier if name != "user_identifier_source"), None)
    invalid = scene.code("INVALID_USER_IDENTIFIER")
    if given is None:
        return invalid, where
    if given not in supported:
        return scene.code("UNSUPPORTED_USER_IDENTIFIER"), (*where, (given, None))
    if given != "address_info":
        return None if SHA256.fullmatch(identifier[given]) else (invalid, (*where, (given, None)))
    address = identifier[given]
    wrong = [name for name in ADDRESS_REQUIRED if not address.get(name)]
    wrong += [name for name in ADDRESS_HASHED if address.get(name) and not SHA256.fullmatch(address[name])]
    return (invalid, (*where, (given, None), (wrong[0], None))) if wrong else None


def repeated(keys: Iterable[object]) -> set[object]:
    """Return the keys that occur more than once; None is no key."""
    return {key for key, count in Counter(keys).items() if key is not None and count > 1}
