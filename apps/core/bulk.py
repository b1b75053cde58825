"""Many rows in one statement: a column, or a list of keys, is sent as one array, which PostgreSQL unpacks.

Django's own bulk_create and `in` prepare and quote every value; here a value costs as little as its text. It also takes
a millisecond to put a query together; what is asked for every batch is written out instead and read by `rows_read`.
COPY would cost less still, but PostgreSQL has none for tables with row-level security.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

_SAFE = frozenset({"uuid", "bigint", "smallint", "integer", "numeric", "timestamp"})  # never need quotes in an array
_BETWEEN = "\x1f"  # what no text holds that we write by the thousand; one that does goes a longer way


def rows_insert(
    model: type[models.Model],
    *,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    same: Mapping[str, str | int | datetime | UUID],
    also: tuple[type[models.Model], Mapping[str, str]] | None = None,
    all_new: bool = False,
) -> None:
    """Insert rows of texts as PostgreSQL reads them, in the order of `columns`; one whose key is there stays as it is.

    Raises IntegrityError instead where they have to be `all_new`.

    `same` holds the columns that all rows share. Columns that are not named take their default in the database.
    `also`: another table that gets a row for each that is new, and its columns with those of the first that fill them.
    """
    values = list(zip(*rows, strict=True))
    if not values:
        return
    types = [_type(model, name) for name in columns]
    table, quote = model._meta.db_table, connection.ops.quote_name
    named = ", ".join(map(quote, (*same, *columns)))
    shared = "".join(f"%s::{_type(model, name)}, " for name in same)
    arrays = [_array(kind, column) for kind, column in zip(types, values, strict=True)]
    unpacked = ", ".join(array for array, _ in arrays)
    statement = (
        f"INSERT INTO {quote(table)} ({named}) SELECT {shared}row.* FROM unnest({unpacked}) AS row"  # noqa: S608
        f"{'' if all_new else ' ON CONFLICT DO NOTHING'}"
    )
    if also is not None:
        other, filled = also
        into, taken = ", ".join(map(quote, filled)), ", ".join(map(quote, filled.values()))
        statement = (
            f"WITH new AS ({statement} RETURNING {taken})"  # noqa: S608
            f" INSERT INTO {quote(other._meta.db_table)} ({into}) SELECT {taken} FROM new"
        )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*same.values(), *(told for _, told in arrays)])


def rows_read(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement of our own finds. Call inside the workspace's scope, and name the workspace in it."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def array_of(values: Iterable[object]) -> str:
    """Keys, numbers or dates as the text of one array; no free text."""
    return "{" + ",".join(map(str, values)) + "}"


class Among(models.Expression):
    """A condition: the field's value is one of these, or the fields' values together are one of these rows of values.

    However many, and whatever the statistics say. For keys, numbers and dates, not for free text.
    """

    conditional = True

    def __init__(self, fields: str | Sequence[str], values: Iterable[Any]) -> None:
        super().__init__(models.BooleanField())
        names, rows = ([fields], [(value,) for value in values]) if isinstance(fields, str) else (fields, list(values))
        self.columns: list[Any] = [models.F(name) for name in names]
        self.arrays = [array_of(row[place] for row in rows) for place in range(len(names))]

    def get_source_expressions(self) -> list[Any]:
        """The columns alone."""
        return self.columns

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Take the columns as Django resolved them."""
        self.columns = list(exprs)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        """One column compared with its whole array, or several with the rows that their arrays make."""
        compiled = [compiler.compile(column) for column in self.columns]
        parameters = (*(each for _, given in compiled for each in given), *self.arrays)
        arrays = [f"%s::{column.target.rel_db_type(connection)}[]" for column in self.columns]
        if len(arrays) == 1:
            return f"{compiled[0][0]} = ANY({arrays[0]})", parameters
        left = ", ".join(column for column, _ in compiled)
        return f"({left}) IN (SELECT * FROM unnest({', '.join(arrays)}))", parameters  # noqa: S608 - columns of our own


@cache
def _type(model: type[models.Model], name: str) -> str:
    kind = model._meta.get_field(name).db_type(connection)
    assert kind is not None
    return kind


class _Unescaped:
    """A text that leaves for PostgreSQL between dollar quotes, where nothing is escaped (its manual, 4.1.2.4).

    Escaping is a third of what it takes to write conversions. The mark must not begin anywhere in the text.
    """

    MARK = "$row"

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def where_it_can(cls, text: str) -> "_Unescaped | str":
        """The text so told, or itself, which is then escaped, or refused for a NUL."""
        # One character is found ten times as fast as several.
        has_mark = "$" in text and cls.MARK in text
        return text if has_mark or "\0" in text else cls(text)

    def __conform__(self, protocol: object) -> "_Unescaped":
        """Itself: it is what psycopg2 asks to be told a value's SQL (its manual, "Adapting new Python types")."""
        return self

    def getquoted(self) -> bytes:
        """The SQL, in UTF-8 as all that Django sends."""
        return f"{self.MARK}${self._text}{self.MARK}$".encode()


def _array(kind: str, values: Sequence[str | None]) -> tuple[str, Any]:
    """SQL for an array of that kind, and its one parameter.

    The kind is named without its length: what is too long is then refused where it is written, and not cut off here.
    """
    plain, is_safe = _written_as(kind)
    if all(values) or None not in values:  # the first is the faster question, and most columns have the answer
        texts = cast(Sequence[str], values)
        if is_safe:
            return f"%s::{kind}[]", f"{{{','.join(texts)}}}"
        together = _BETWEEN.join(texts)
        if together and together.count(_BETWEEN) == len(texts) - 1:
            # Nothing in it needs escaping as an element of an array, which takes longer than all the rest.
            return f"string_to_array(%s, '{_BETWEEN}')::{plain}[]", _Unescaped.where_it_can(together)
    quoted = ("NULL" if each is None else each if is_safe else _quoted(each) for each in values)
    return f"%s::{kind if is_safe else plain}[]", f"{{{','.join(quoted)}}}"


@cache
def _written_as(kind: str) -> tuple[str, bool]:
    """The kind without its length, and whether its values never need quotes in an array."""
    plain = kind.partition("(")[0]
    return plain, plain.partition(" ")[0] in _SAFE


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
