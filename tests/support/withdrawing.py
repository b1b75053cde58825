"""Somebody takes consent back, and what it ended."""

from apps.conversions.models import Conversion
from tests.support import factories
from tests.support.world import World

ASKED, ADS = factories.CONSENT_PROPERTY, "ads_consent"


def withdraw(world: World, email: str = "jo@example.com", value: str = "no", **properties: str) -> None:
    """They say no, or whatever `value` is, and anything else in `properties`."""
    factories.a_contact(world.workspace, email=email, **{ASKED: value, **properties})


def ended(world: World) -> list[tuple[str, str]]:
    """Where all conversions stand, each with its reason."""
    with world.scope():
        return sorted(Conversion.objects.values_list("state", "reason"))
