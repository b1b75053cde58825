"""Searching records by their properties, as HubSpot's search API asks (developers.hubspot.com, search the CRM).

A search reads at most the first 10,000 matches and stops after five seconds. Text is compared without case. The
operators that say "not" match only records that have a value; NOT_HAS_PROPERTY finds the others.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import DataError, OperationalError, connection
from django.db.models import Case, DateTimeField, DecimalField, F, Func, Q, TextField, Value, When
from django.db.models.expressions import Expression
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    IRegex,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Regex,
)

from apps.core.errors import Fault, InvalidInput
from apps.domain.money import parse_amount
from apps.records.columns import OBJECTS
from apps.records.models import PropertyDefinition, Record
from apps.records.moments import parse_moment

MOST_MATCHES = 10_000
TIME_LIMIT = "5s"
CANCELLED = "57014"
# Properties that HubSpot keeps by itself and we as columns: the column and its type.
COLUMNS: Mapping[str, tuple[str, str]] = {
    "hs_object_id": ("id", "number"),
    "createdate": ("created_at", "datetime"),
    "hs_createdate": ("created_at", "datetime"),
    "lastmodifieddate": ("updated_at", "datetime"),
    "hs_lastmodifieddate": ("updated_at", "datetime"),
}
SEARCHED: Mapping[str, tuple[str, ...]] = {
    "contacts": ("email", "firstname", "lastname", "phone", "company"),
    "companies": ("name", "domain"),
    "deals": ("dealname",),
}
# What of a property's text PostgreSQL can surely read as its type; anything else does not match.
_NUMERIC = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?\s*$"
_MILLISECONDS = r"^\s*\d{12,14}\s*$"
_ISO = (
    r"^\s*[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[-+](0\d|1[0-4]):?[0-5]\d))?\s*$"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; which of the values count depends on the operator."""

    property: str
    operator: str
    value: str = ""
    high_value: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Records that match all filters of any group and hold `text`; from the `after`th, sorted by a property."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    text: str = ""
    sort: str = ""
    descending: bool = False
    after: int = 0
    limit: int = 10


def records_found(*, object_type: str, search: Search) -> tuple[int, list[Record]]:
    """How many match (10,000 at most), and the wanted part of them.

    Raises InvalidInput for a property, an operator or a value that cannot be used, or a search that takes too long.
    """
    fields = _Fields.load(object_type)
    rows = OBJECTS[object_type].model.objects.filter(archived_at=None)
    if search.groups:
        rows = rows.filter(reduce(or_, (_all_of(group, fields) for group in search.groups)))
    if search.text:
        held = (IContains(fields.text(name), search.text) for name in SEARCHED[object_type])
        rows = rows.filter(reduce(or_, map(Q, held)))
    order: list[Any] = ["id"]
    if search.sort:
        by = fields.typed(search.sort)
        order = [by.desc(nulls_last=True) if search.descending else by.asc(nulls_first=True), "id"]
    return _within_time_limit(
        lambda: (
            rows.order_by()[:MOST_MATCHES].count(),
            list(rows.order_by(*order)[search.after : search.after + search.limit]),
        )
    )


def _within_time_limit(read: Callable[[], tuple[int, list[Record]]]) -> tuple[int, list[Record]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [TIME_LIMIT])
    try:
        return read()
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != CANCELLED:
            raise
        message = "It took too long. Search for an e-mail address, or narrow it by createdate."
        raise InvalidInput(Fault("filterGroups", "TOO_SLOW", message)) from error
    except DataError as error:
        raise InvalidInput(Fault("filterGroups", "INVALID_VALUE", "A value cannot be compared.")) from error


class _Number(Func):
    """Text as a number of any precision."""

    template = "(%(expressions)s)::numeric"
    output_field = DecimalField()


@dataclass(frozen=True, slots=True)
class _Fields:
    """How each property of an object type is read and compared."""

    object_type: str
    types: Mapping[str, str]

    @classmethod
    def load(cls, object_type: str) -> "_Fields":
        definitions = PropertyDefinition.objects.filter(object_type=object_type)
        return cls(object_type, dict(definitions.values_list("name", "type")))

    def kind(self, name: str) -> str:
        """The type by which a property is compared: number, datetime or string."""
        if name in COLUMNS:
            return COLUMNS[name][1]
        if name not in self.types:
            message = f'Property "{name[:100]}" does not exist.'
            raise InvalidInput(Fault(name[:100], "PROPERTY_DOESNT_EXIST", message))
        return {"number": "number", "datetime": "datetime", "date": "datetime"}.get(self.types[name], "string")

    def is_indexed(self, name: str) -> bool:
        """Whether it is a contact's e-mail address, which has a column and an index."""
        return name == "email" and self.object_type == "contacts"

    def text(self, name: str) -> Expression:
        """The value as text, null where there is none."""
        self.kind(name)
        if name in COLUMNS:
            return Cast(F(COLUMNS[name][0]), TextField())
        return KeyTextTransform(name, "properties")

    def typed(self, name: str) -> Any:
        """The value as its type, null where it cannot be read as that."""
        kind = self.kind(name)
        if name in COLUMNS:
            return F(COLUMNS[name][0])
        text = self.text(name)
        if kind == "number":
            return Case(When(Regex(text, _NUMERIC), then=_Number(text)), output_field=DecimalField())
        if kind == "datetime":
            seconds = _Number(text) / Value(Decimal(1000))
            return Case(
                When(Regex(text, _MILLISECONDS), then=Func(seconds, function="to_timestamp")),
                When(Regex(text, _ISO), then=Cast(text, DateTimeField())),
                output_field=DateTimeField(),
            )
        return Lower(text)

    def operand(self, name: str, value: str) -> Any:
        """A value to compare the property with. Raises InvalidInput for one that is not of its type."""
        parsed: Decimal | datetime | None
        kind = self.kind(name)
        if kind == "string":
            return Lower(Value(value))
        if kind == "number":
            parsed, example = parse_amount(value), "a number such as 1250.50"
        else:
            parsed, example = parse_moment(value), "Unix milliseconds or ISO 8601 with an offset"
        if parsed is None:
            raise InvalidInput(Fault(name, "INVALID_VALUE", f"{value[:40]!r} cannot be read. Send {example}."))
        return Value(parsed, output_field=DecimalField() if kind == "number" else DateTimeField())


_Condition = Callable[[Filter, _Fields], Q]


def _all_of(group: tuple[Filter, ...], fields: _Fields) -> Q:
    return reduce(and_, (_OPERATORS[each.operator](each, fields) for each in group))


def _compared(lookup: Any) -> _Condition:
    return lambda wanted, fields: Q(
        lookup(fields.typed(wanted.property), fields.operand(wanted.property, wanted.value))
    )


def _equal(wanted: Filter, fields: _Fields) -> Q:
    if fields.is_indexed(wanted.property):
        return Q(email=wanted.value.strip().lower())
    return _compared(Exact)(wanted, fields)


def _between(wanted: Filter, fields: _Fields) -> Q:
    value = fields.typed(wanted.property)
    low = GreaterThanOrEqual(value, fields.operand(wanted.property, wanted.value))
    return Q(low) & Q(LessThanOrEqual(value, fields.operand(wanted.property, wanted.high_value)))


def _in(wanted: Filter, fields: _Fields) -> Q:
    if fields.is_indexed(wanted.property):
        return Q(email__in=[each.strip().lower() for each in wanted.values])
    operands = [fields.operand(wanted.property, each) for each in wanted.values]
    return Q(In(fields.typed(wanted.property), operands))


def _has(wanted: Filter, fields: _Fields) -> Q:
    return Q(IsNull(fields.text(wanted.property), False))


def _has_token(wanted: Filter, fields: _Fields) -> Q:
    """A whole word of the text, or with * a part of one."""
    token = r"\S*".join(re.escape(part) for part in re.split(r"\*+", wanted.value.strip()))
    return Q(IRegex(fields.text(wanted.property), rf"(^|[^[:alnum:]]){token}($|[^[:alnum:]])"))


def _but_not(condition: _Condition) -> _Condition:
    return lambda wanted, fields: _has(wanted, fields) & ~condition(wanted, fields)


_OPERATORS: Mapping[str, _Condition] = {
    "EQ": _equal,
    "NEQ": _but_not(_equal),
    "LT": _compared(LessThan),
    "LTE": _compared(LessThanOrEqual),
    "GT": _compared(GreaterThan),
    "GTE": _compared(GreaterThanOrEqual),
    "BETWEEN": _between,
    "IN": _in,
    "NOT_IN": _but_not(_in),
    "HAS_PROPERTY": _has,
    "NOT_HAS_PROPERTY": lambda wanted, fields: ~_has(wanted, fields),
    "CONTAINS_TOKEN": _has_token,
    "NOT_CONTAINS_TOKEN": _but_not(_has_token),
}
OPERATORS = frozenset(_OPERATORS)
