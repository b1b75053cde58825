"""Asking Google what there is: calls that answer in JSON, and pages of what a query in its query language finds.

developers.google.com/google-ads/api/docs/query/grammar. Each search counts as one operation of the Google Cloud
project's day, whatever it finds, so queries ask for all they need at once.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.ads.answers import parsed, parts, text
from apps.ads.networks.google import client
from apps.ads.networks.google.outcome import refusal
from apps.ads.wire import Call, Inquiry, Refused, Target, unreadable


def told(call: Call) -> Inquiry[Mapping[str, Any]]:
    """The JSON that the call is answered with. Raises Refused."""
    reply = yield call
    if not 200 <= reply.status < 300:
        raise Refused(refusal(reply))
    document = parsed(reply.body)
    if not document and reply.body.strip() != b"{}":
        raise unreadable()
    return document


def searched(target: Target, customer: str, query: str) -> Inquiry[list[Mapping[str, Any]]]:
    """Every row that the query finds at the customer. Raises Refused."""
    rows: list[Mapping[str, Any]] = []
    page_token = ""
    while True:
        page = yield from told(client.search(target, customer, query, page_token))
        rows += parts(page, "results")
        page_token = text(page.get("nextPageToken"))
        if not page_token:
            return rows


def selected(fields: Iterable[str], resource: str, *conditions: str) -> str:
    """The query for fields of a resource where all the conditions hold."""
    asked = ["SELECT", ", ".join(fields), "FROM", resource]
    return " ".join([*asked, "WHERE", " AND ".join(conditions)] if conditions else asked)


def quoted(words: str) -> str:
    """The words as a literal of the query language."""
    escaped = words.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def number_in(resource_name: object) -> str:
    """The last id in a resource name: 9 in customers/1/conversionActions/9; "" where there is none."""
    return text(resource_name).rpartition("/")[2]


def flag(value: object) -> str:
    """A yes or no as facts hold it. JSON made from protobuf leaves out what is false."""
    return "true" if value is True else "false"
