"""Where Google's APIs are reached, and with which headers. Plain REST: the same JSON that the gRPC services take."""

from apps.ads.networks.google.manifest import EVENTS_HOST, HOST, MANIFEST
from apps.ads.networks.google.words import digits
from apps.ads.wire import Address, Target

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
    headers = {
        "Authorization": f"Bearer {target.credentials['access_token']}",
        "Content-Type": "application/json",
    }
    if kind == "event":
        base = EVENTS_BASE if target.base == BASE else target.base
        return Address(f"{base}/v1/events:ingest", headers)
    if login := digits(target.login_customer_id):
        headers["login-customer-id"] = login
    if developer_token := target.credentials.get("developer_token"):
        headers["developer-token"] = developer_token
    return Address(f"{target.base}/{MANIFEST.version}/customers/{customer}:{_METHODS[kind]}", headers)
