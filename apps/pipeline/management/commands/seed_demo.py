"""`manage.py seed_demo`: the demo workspace, made once."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.pipeline.management.demo import demo_seed

ONLY_EMBEDDED = (
    "The demo workspace has a public password, so it is made on the embedded installation only. "
    "`./run` is one; elsewhere set CONVSYNC_EMBEDDED=1 if you are sure."
)


class Command(BaseCommand):
    help = "Makes the demo workspace with its users, connections, forms and conversion events, unless it is there."
    requires_system_checks: list[str] = []  # `./run` calls it at each start; the gate runs the checks

    def handle(self, *args: object, **options: object) -> None:
        """Seed, or refuse outside the embedded installation and the tests."""
        if not (settings.EMBEDDED or settings.TESTING):
            raise CommandError(ONLY_EMBEDDED)
        workspace = demo_seed(at=timezone.now())
        self.stdout.write(f"The workspace {workspace.name} is ready (portal {workspace.portal_id}).")
