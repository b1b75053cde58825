"""`manage.py check_migrations`: refuses migrations that would hold everybody up on a table with millions of rows."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader

from apps.core.blocking import blocking


class Command(BaseCommand):
    """Reads the migrations, not a database."""

    help = "Refuse migrations that block a big table, and say what to do instead."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Nothing, or an error with a line for each operation."""
        found = list(blocking(MigrationLoader(None)))
        if found:
            raise CommandError("\n".join(found))
