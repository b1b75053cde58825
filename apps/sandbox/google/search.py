"""`googleAds:search` and `:searchStream`, and `customers:listAccessibleCustomers`."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any

from apps.sandbox.google import errors, gaql, messages, resources
from apps.sandbox.google.door import Resource
from apps.sandbox.google.fields import field
from apps.sandbox.google.gaql import BadQuery, Condition, Query
from apps.sandbox.google.messages import camel
from apps.sandbox.google.rows import Row
from apps.sandbox.google.sense import ATTRIBUTED, ORDERED, TEXTUAL, check, pattern
from apps.sandbox.worlds.google import Token

PAGE = 10_000


class Search(Resource):
    """`POST customers/{id}/googleAds:search`."""

    def shape(self) -> messages.Message:
        """Return the request's message."""
        return messages.SEARCH

    def serve(self, token: Token, call: Row) -> object:
        """Return one page."""
        customer = self.customer(token)
        asker = resources.Asker(self.world.google, customer, self.login(), self.now)
        if call.get("page_size"):
            raise self.refused(errors.PAGE_SIZE)
        try:
            query = gaql.parse(call.get("query", ""))
            check(query, self.version)
            found = answer(query, asker, self.version)
        except BadQuery as bad:
            failure = errors.Failure(("queryError", bad.name), trigger=bad.part or None)
            raise self.refused_for(failure) from None
        mask = ",".join(".".join(map(camel, path.split("."))) for path in query.fields)
        if call.get("validate_only"):
            return self.page([], mask, {})
        start = self._start(call.get("page_token", ""))
        more: dict[str, object] = {}
        if start + PAGE < len(found):
            more["nextPageToken"] = base64.urlsafe_b64encode(str(start + PAGE).encode()).decode()
        if call.get("search_settings", {}).get("return_total_results_count"):
            more["totalResultsCount"] = str(len(found))
        return self.page(found[start : start + PAGE], mask, more)

    def page(self, rows: list[object], mask: str, more: Mapping[str, object]) -> object:
        """Return the body of a page."""
        return {**({"results": rows} if rows else {}), **more, "fieldMask": mask}

    def _start(self, token: str) -> int:
        try:
            start = int(base64.urlsafe_b64decode(token.encode())) if token else 0
        except (binascii.Error, ValueError):
            start = -1
        if start < 0:
            raise self.refused(errors.BAD_PAGE_TOKEN)
        return start


class SearchStream(Search):
    """`POST customers/{id}/googleAds:searchStream`: the same as a list of chunks."""

    def shape(self) -> messages.Message:
        """Return the request's message."""
        return messages.SEARCH_STREAM

    def page(self, rows: list[object], mask: str, more: Mapping[str, object]) -> object:
        """Return the one chunk that we ever send."""
        request = errors.request_id()
        return [{"results": rows, "fieldMask": mask, "requestId": request}] if rows else []


class Accessible(Resource):
    """`GET customers:listAccessibleCustomers`: where the user has a direct role, managers and cancelled ones too."""

    def serve(self, token: Token, call: Row) -> object:
        """Return their resource names."""
        if not token.customers:
            raise self.refused(errors.NO_ADS_USER, status=401)
        return {"resourceNames": [f"customers/{number}" for number in token.customers]}


def answer(query: Query, asker: resources.Asker, version: str) -> list[object]:
    """Return the rows that match, as JSON, in their order."""
    beside = {f"{ATTRIBUTED}.{name}": value for name, value in resources.customer(asker, asker.customer).items()}
    rows = [
        beside | {f"{query.resource}.{name}": value for name, value in values.items()}
        for values in resources.ROWS[query.resource](asker)
    ]
    rows = [row for row in rows if all(_holds(condition, row) for condition in query.conditions)]
    for path, descends in reversed(query.order):
        rows.sort(key=lambda row: (row.get(path) is not None, row.get(path)), reverse=descends)
    return [shown(query.fields, row, version) for row in rows[: query.limit]]


def _holds(condition: Condition, row: Mapping[str, object]) -> bool:
    operator, value = condition.operator, row.get(condition.field)
    if operator.startswith("IS"):
        return (value is None) == (operator == "IS NULL")
    if value is None:
        return False
    wanted = [_like(value, each) for each in condition.values]
    if operator in ORDERED:
        return ORDERED[operator](value, wanted[0])
    if operator == "BETWEEN":
        return bool(wanted[0] <= value <= wanted[1])
    if operator in TEXTUAL:
        make = pattern if operator.endswith("REGEXP_MATCH") else _wildcards
        found = make(condition.values[0]).fullmatch(str(value)) is not None
    else:
        found = value in wanted
    return found != (operator == "!=" or operator.startswith("NOT"))


def _like(value: object, text: str) -> Any:
    """Return a literal as the kind of value that it is compared with."""
    if isinstance(value, bool):
        return text.lower() == "true"
    return float(text) if isinstance(value, int | float) else text


def _wildcards(text: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    pieces = re.findall(r"\[[%_\[\]]\]|.", text, re.DOTALL)
    pattern = "".join(parts.get(piece) or re.escape(piece[1] if len(piece) == 3 else piece) for piece in pieces)
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def shown(paths: Sequence[str], row: Mapping[str, object], version: str) -> dict[str, Any]:
    """Return fields of a row, and the names of the resources they belong to, as JSON; what is not set is left out."""
    found: dict[str, Any] = {}
    names = dict.fromkeys(f"{path.partition('.')[0]}.resource_name" for path in paths)
    for path in (*names, *paths):
        value, known = row.get(path), field(path, version)
        if value is None or value == [] or known is None:
            continue
        *outer, last = map(camel, path.split("."))
        inner = found
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = str(value) if known.kind == "int64" else value
    return found
