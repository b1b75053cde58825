"""`manage.py demo_reset`: the demo workspace as it was before anything came in."""

import dataclasses
import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.pipeline.management.commands.seed_demo import ONLY_EMBEDDED
from apps.pipeline.management.demo import demo_empty


class Command(BaseCommand):
    help = "Empties the demo workspace and prints, as one line of JSON, its portal id, form ids and a fresh API key."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        """Reset, or refuse outside the embedded installation and the tests."""
        if not (settings.EMBEDDED or settings.TESTING):
            raise CommandError(ONLY_EMBEDDED)
        self.stdout.write(json.dumps(dataclasses.asdict(demo_empty(at=timezone.now()))))
