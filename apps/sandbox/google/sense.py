"""Whether a query makes sense: the names that a version has, and values that fit their fields."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.sandbox.google.fields import RESOURCES, Field, field, has_inside
from apps.sandbox.google.gaql import BadQuery, Condition, Query

# The resource that every other one may be asked together with.
ATTRIBUTED = "customer"
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}
TEXTUAL = ("LIKE", "NOT LIKE", "REGEXP_MATCH", "NOT REGEXP_MATCH")


def check(query: Query, version: str) -> None:
    """Raises `BadQuery` for names that the version does not have, and for values that do not fit their field."""
    if query.resource not in RESOURCES:
        raise BadQuery("BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", query.resource)
    for place, paths in (
        ("SELECT", query.fields),
        ("WHERE", [condition.field for condition in query.conditions]),
        ("ORDER_BY", [path for path, _ in query.order]),
    ):
        for path in paths:
            known = _known(query, path, version, place)
            if place != "SELECT" and known.kind == "messages":
                raise BadQuery(f"PROHIBITED_FIELD_IN_{place}_CLAUSE", path)
    for condition in query.conditions:
        _check_values(condition, _known(query, condition.field, version, "WHERE"), version)


def _known(query: Query, path: str, version: str, place: str) -> Field:
    resource = path.partition(".")[0]
    found = field(path, version)
    if found is None:
        inside = has_inside(path, version)
        raise BadQuery(f"PROHIBITED_FIELD_IN_{place}_CLAUSE" if inside else "UNRECOGNIZED_FIELD", path)
    if resource not in (query.resource, ATTRIBUTED):
        kind = "SELECT" if place == "SELECT" else "WHERE"
        raise BadQuery(f"PROHIBITED_RESOURCE_TYPE_IN_{kind}_CLAUSE", path)
    return found


def _check_values(condition: Condition, known: Field, version: str) -> None:
    operator = condition.operator
    mismatched = operator.startswith("CONTAINS") or (operator in TEXTUAL and known.kind != "text")
    if mismatched or (operator in ORDERED and known.kind in ("enum", "bool")):
        raise BadQuery("OPERATOR_FIELD_MISMATCH", condition.field)
    for value in condition.values:
        if known.choice is not None and value not in known.choice.at(version):
            raise BadQuery("BAD_ENUM_CONSTANT", value)
        if known.kind == "bool" and value.lower() not in ("true", "false"):
            raise BadQuery("BAD_VALUE", value)
        if known.kind in ("int64", "double") and not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise BadQuery("BAD_NUMBER", value)
    if operator.endswith("REGEXP_MATCH"):
        pattern(condition.values[0])


def pattern(text: str) -> re.Pattern[str]:
    """Return a regular expression. Raises `BadQuery` for what is none."""
    try:
        return re.compile(text)
    except re.error:
        raise BadQuery("BAD_VALUE", text) from None
