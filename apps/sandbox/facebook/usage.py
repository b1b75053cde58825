"""What every answer carries: the version that served it, and how much of the allowance is used up."""

from dataclasses import asdict

from apps.sandbox.facebook import errors
from apps.sandbox.facebook.access import VERSIONS
from apps.sandbox.worlds.facebook import FacebookWorld


def headers(world: FacebookWorld, version: str, node: str) -> dict[str, str]:
    """Return the headers of an answer about a node: an ad account, a pixel, which stands for its first, or another."""
    percentages = asdict(world.usage)
    regain = percentages.pop("estimated_time_to_regain_access")
    pixel = world.pixel_by_id.get(node)
    of_pixel = pixel.ad_accounts[0] if pixel and pixel.ad_accounts else ""
    ad_account = node if node.startswith("act_") else of_pixel
    given = {"facebook-api-version": version if version in VERSIONS else VERSIONS[-1]}
    if world.version_warning:
        given["X-Ad-Api-Version-Warning"] = world.version_warning
    return given | errors.usage_headers(ad_account, percentages, regain)
