"""`./run manage hooks`: what the operator gives each network when registering an app there (docs/operating.md)."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand

from apps.ads.asking import app_of
from apps.ads.connecting import environments, redirect_uri
from apps.ads.leadgen import hook_address, verify_token
from apps.ads.network import Network
from apps.ads.registry import NETWORKS


class Command(BaseCommand):
    """Prints addresses and the tokens that networks repeat to us; no secret of an app is among them."""

    help = "Print, for each network, the address to come back to, where its leads are received, and the verify token."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """One block for each network and environment."""
        for environment in environments():
            for network in NETWORKS.values():
                self.stdout.write(f"{network.manifest.label} ({environment})")
                for name, value in _lines(network, environment):
                    self.stdout.write(f"  {name:<15}{value}")


def _lines(network: Network, environment: str) -> Iterator[tuple[str, str]]:
    app = app_of(network, environment)
    yield "app", app.id if app else "not registered: .env.example names its two variables"
    yield "come back to", redirect_uri(network.manifest.key)
    if network.leads is None:
        return
    yield "leads told at", hook_address(network.manifest.key, environment)
    if network.leads.register is not None:
        yield "verify token", verify_token(app) if app else "follows from the app's secret: register the app first"
