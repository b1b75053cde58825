"""Where LinkedIn's Conversions API is reached, and with which headers."""

from apps.ads.networks.linkedin.write import version_of
from apps.ads.wire import Address, Target

BASE = "https://api.linkedin.com"


def address(target: Target, route: str, count: int) -> Address:
    """The conversion events of all rules; a single one goes as a batch too, so that there is one kind of answer.

    The version is the one for which the route's elements were written.
    `credentials` hold `access_token`, a Direct API token or an OAuth one. Raises KeyError without it.
    """
    return Address(
        f"{target.base}/rest/conversionEvents",
        {
            "Authorization": f"Bearer {target.credentials['access_token']}",
            "Content-Type": "application/json",
            "LinkedIn-Version": version_of(route).name,
            "X-Restli-Protocol-Version": "2.0.0",
            "X-RestLi-Method": "BATCH_CREATE",
        },
    )
