"""Where Google's APIs are reached, and with which headers. Plain REST: the same JSON that the gRPC services take."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from apps.ads.networks.google.manifest import EVENTS_HOST, HOST, MANIFEST
from apps.ads.networks.google.words import digits
from apps.ads.wire import Address, Call, Target

BASE, EVENTS_BASE = f"https://{HOST}", f"https://{EVENTS_HOST}"

_METHODS = {"click": "uploadClickConversions", "adjustment": "uploadConversionAdjustments"}


def address(target: Target, route: str, count: int) -> Address:
    """The URL and headers for a body of `route`, which names the customer; `count` changes nothing here.

    `target.credentials` hold `access_token`, and `developer_token` where the operator still has one: Google has ignored
    that header since 2026-09-09. Raises KeyError for a route that `write.route` does not make, or without a token.
    An event goes to the Data Manager API, whose body says who signs in; a stand-in serves both APIs under one base.
    Headers: developers.google.com/google-ads/api/docs/concepts/call-structure.
    """
    kind, customer = route.split(":")[:2]
    if kind == "event":
        return Address(f"{_events_base(target)}/v1/events:ingest", _bearer(target))
    return Address(f"{_ads_base(target)}/customers/{customer}:{_METHODS[kind]}", _ads_headers(target))


def upload(target: Target, kind: str, body: Mapping[str, Any]) -> Call:
    """A body of one's own for `click` or `adjustment`, of the target's customer."""
    there = address(target, f"{kind}:{digits(target.account_id)}", 1)
    return Call("POST", there.url, there.headers, orjson.dumps(body))


def accessible(target: Target) -> Call:
    """The customers on which the user has a role of their own; it names no customer."""
    return Call("GET", f"{_ads_base(target)}/customers:listAccessibleCustomers", _ads_headers(target))


def search(target: Target, customer: str, query: str, page_token: str = "") -> Call:
    """A page of what a query finds at a customer. The query is text of ours; see `query.quoted` for what is not."""
    body = {"query": query} | ({"pageToken": page_token} if page_token else {})
    return _post(target, f"customers/{digits(customer)}/googleAds:search", body)


def mutate_actions(target: Target, customer: str, operation: Mapping[str, Any]) -> Call:
    """Make or change one conversion action of a customer."""
    return _post(target, f"customers/{digits(customer)}/conversionActions:mutate", {"operations": [operation]})


def request_status(target: Target, request_id: str) -> Call:
    """What became of a request to the Data Manager API."""
    query = urlencode({"requestId": request_id})
    return Call("GET", f"{_events_base(target)}/v1/requestStatus:retrieve?{query}", _bearer(target))


def _post(target: Target, path: str, body: Mapping[str, Any]) -> Call:
    return Call("POST", f"{_ads_base(target)}/{path}", _ads_headers(target), orjson.dumps(body))


def _ads_base(target: Target) -> str:
    return f"{target.base}/{MANIFEST.version}"


def _events_base(target: Target) -> str:
    return EVENTS_BASE if target.base == BASE else target.base


def _ads_headers(target: Target) -> dict[str, str]:
    headers = _bearer(target)
    if login := digits(target.login_customer_id):
        headers["login-customer-id"] = login
    if developer_token := target.credentials.get("developer_token"):
        headers["developer-token"] = developer_token
    return headers


def _bearer(target: Target) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.credentials['access_token']}", "Content-Type": "application/json"}
