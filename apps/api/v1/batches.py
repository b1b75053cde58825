"""What addresses that take many rows have in common: rows are read and answered one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from apps.api.problems import faults_within
from apps.api.v1.fields import Address, Page, Strict, Text
from apps.core.errors import Fault
from apps.records.services import Refused


class FaultOut(serializers.Serializer[Fault]):
    """One thing wrong with a row."""

    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class VisitRow(Strict):
    """A row that says from which visit it came."""

    page_url = Page(required=False, allow_blank=True)
    referrer_url = Page(required=False, allow_blank=True)
    ip_address = Address(required=False, allow_blank=True)
    user_agent = Text(max_length=1000, required=False, allow_blank=True)
    order_id = Text(max_length=64, required=False, allow_blank=True, help_text="The tag's transaction id.")
    event_id = Text(
        max_length=64,
        required=False,
        allow_blank=True,
        help_text="The id that the page's own pixel told the network (eventID), so that it is counted once.",
    )
    fbc = Text(max_length=500, required=False, allow_blank=True)
    fbp = Text(max_length=500, required=False, allow_blank=True)
    li_fat_id = Text(max_length=500, required=False, allow_blank=True)


def visit_of(row: dict[str, Any]) -> dict[str, Any]:
    """A VisitRow's values as the way in takes a Visit."""
    told = {name: row.get(name, "") for name in ("page_url", "referrer_url", "ip_address", "user_agent")}
    cookies = {name: row[name] for name in ("fbc", "fbp", "li_fat_id") if row.get(name)}
    return {**told, **{name: row.get(name, "").strip() for name in ("order_id", "event_id")}, "cookies": cookies}


def read_rows(values: Sequence[Any], serializer: type[Strict]) -> tuple[dict[int, dict[str, Any]], dict[int, Refused]]:
    """The rows that can be read and those that cannot, by their place."""
    reader = serializer()
    read, refused = {}, {}
    for index, value in enumerate(values):
        try:
            read[index] = dict(reader.run_validation(value))
        except serializers.ValidationError as error:
            refused[index] = Refused(tuple(faults_within(error.get_full_details())))
    return read, refused


def batch_answer(results: Sequence[Mapping[str, Any]]) -> Response:
    """What became of each row, as its serializer describes it but for its faults, with 207 when some were refused.

    A serializer would ask each of its fields about each row, which costs as much as keeping the row does.
    """
    refused = sum(result["status"] == "refused" for result in results)
    rows = [{**result, "errors": [asdict(fault) for fault in result["errors"]]} for result in results]
    return Response({"results": rows, "refused": refused}, status=207 if refused else 200)
