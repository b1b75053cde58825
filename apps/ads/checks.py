"""Networks end their API versions on days that are known: told at start-up, and every day until someone moves on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's own name

from apps.ads.registry import NETWORKS
from apps.domain.manifest import Manifest

WARN_WITHIN, FAIL_WITHIN = timedelta(days=60), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Ending:
    """A version in use that ends within `WARN_WITHIN`, or has ended (`days_left` is then 0 or less)."""

    network: str
    label: str
    version: str
    ends: date
    days_left: int
    urgent: bool

    @property
    def sentence(self) -> str:
        """What is the matter, for the operator."""
        verb = "ends" if self.days_left > 0 else "ended"
        return f"{self.label}'s API version {self.version}, which convsync speaks, {verb} on {self.ends:%Y-%m-%d}."


def endings(manifests: Iterable[Manifest], *, today: date) -> list[Ending]:
    """The networks whose version in use ends soon or has ended, the nearest end first. No end known: not among them."""
    found = [
        Ending(
            network=manifest.key,
            label=manifest.label,
            version=manifest.version,
            ends=manifest.version_ends,
            days_left=(manifest.version_ends - today).days,
            urgent=manifest.version_ends - today <= FAIL_WITHIN,
        )
        for manifest in manifests
        if manifest.version_ends is not None and manifest.version_ends - today <= WARN_WITHIN
    ]
    return sorted(found, key=lambda ending: ending.ends)


def endings_now() -> list[Ending]:
    """`endings` of every network that convsync speaks to, today."""
    return endings((network.manifest for network in NETWORKS.values()), today=datetime.now(UTC).date())


def message(ending: Ending) -> CheckMessage:
    """The ending as Django's system check tells it: an error when it is urgent, else a warning."""
    kind, number = (Error, "ads.E001") if ending.urgent else (Warning, "ads.W001")
    hint = (
        f"Install a release of convsync that speaks a newer version. From that day on {ending.label} takes nothing "
        "from this one; what is owed waits, and leaves after the update if its window is still open."
    )
    return kind(ending.sentence, hint=hint, obj=ending.network, id=number)


@register("versions")
def check_versions(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Django's system check, run by `manage.py check` and before most commands."""
    return [message(ending) for ending in endings_now()]
