"""Where Facebook's Conversions API is reached, and with which headers."""

import hmac
from urllib.parse import quote

from apps.ads.network import Address, Target
from apps.ads.networks.facebook.manifest import MANIFEST
from apps.ads.networks.facebook.write import pixel_of

BASE = "https://graph.facebook.com"


def address(target: Target, route: str, count: int) -> Address:
    """The events edge of the route's pixel; the token travels in a header and never in the URL.

    `credentials` hold `access_token` and, for tokens of our own app, `app_secret`: then every call carries the
    appsecret_proof, hex HMAC-SHA256 of the token (developers.facebook.com/docs/graph-api/securing-requests). Raises
    KeyError without a token.
    """
    token = target.credentials["access_token"]
    url = f"{target.base}/{MANIFEST.version}/{quote(pixel_of(route), safe='')}/events"
    if secret := target.credentials.get("app_secret"):
        url += f"?appsecret_proof={hmac.new(secret.encode(), token.encode(), 'sha256').hexdigest()}"
    return Address(url, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
