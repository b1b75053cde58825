"""`manage.py restored --taken 2026-11-21T03:00Z`: after a backup was restored, before the workers start."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.actor import SYSTEM
from apps.core.errors import InvalidInput
from apps.pipeline.restoring import restored


class Command(BaseCommand):
    """Until it has run, what waits in a restored database may have been sent already, and would be once more."""

    help = "Reconcile what waits with a backup that was restored. Run it before the workers start."

    def add_arguments(self, parser: CommandParser) -> None:
        """When the backup was taken."""
        parser.add_argument("--taken", required=True, help="when the backup was taken, in ISO 8601 (UTC)")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each workspace."""
        try:
            taken_at = datetime.fromisoformat(options["taken"])
            taken_at = taken_at if taken_at.tzinfo else taken_at.replace(tzinfo=UTC)
            for each in restored(taken_at=taken_at, by=SYSTEM, at=timezone.now()):
                self.stdout.write(f"{each.workspace_id}: {each.doubted} conversions may have left since the backup")
        except (ValueError, InvalidInput) as error:
            raise CommandError(f"--taken: {error}") from error
        self.stdout.write("Start the workers: what a network recognises is repeated, the rest ends as unknown.")
