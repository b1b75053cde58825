"""Where Google Ads is reached, and with which headers. Plain REST: the same JSON that the gRPC services take."""

from apps.ads.network import Address, Target
from apps.ads.networks.google.manifest import HOST, MANIFEST
from apps.ads.networks.google.write import digits

BASE = f"https://{HOST}"

_METHODS = {"click": "uploadClickConversions", "adjustment": "uploadConversionAdjustments"}


def address(target: Target, route: str, count: int) -> Address:
    """The URL and headers for a body of `route`, which names the customer; `count` changes nothing here.

    `target.credentials` hold `access_token`, and `developer_token` where the operator still has one: Google has ignored
    that header since 2026-09-09. Raises KeyError for a route that `write.route` does not make, or without a token.
    Headers: developers.google.com/google-ads/api/docs/concepts/call-structure.
    """
    kind, _, customer = route.partition(":")
    headers = {
        "Authorization": f"Bearer {target.credentials['access_token']}",
        "Content-Type": "application/json",
    }
    if login := digits(target.login_customer_id):
        headers["login-customer-id"] = login
    if developer_token := target.credentials.get("developer_token"):
        headers["developer-token"] = developer_token
    return Address(f"{target.base}/{MANIFEST.version}/customers/{customer}:{_METHODS[kind]}", headers)
