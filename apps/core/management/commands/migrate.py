"""`manage.py migrate`, so that it can be run while everything is in use: no lock is waited for longer than a second.

What waits for a lock on a table makes everybody wait who comes after it. So a migration that cannot have its lock soon
gives up, lets the others pass, and tries again; those that were applied before it stay applied.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations import Migration

from apps.core.locks import LOCK_TIMEOUT, patiently


class Command(migrate.Command):
    """Django's own command with a lock timeout."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; again from the migration that could not have its lock."""
        self._database = connections[options["database"]]
        handle = super().handle
        try:
            patiently(lambda: handle(*args, **options))
        finally:
            self._wait("0")

    def migration_progress_callback(self, action: str, migration: Migration | None = None, fake: bool = False) -> None:
        """Before each migration: a second for each lock, unless it takes care of itself.

        One outside of a transaction builds an index concurrently, which waits for others and lets nobody wait.
        """
        if migration is not None and action in ("apply_start", "unapply_start"):
            self._wait(LOCK_TIMEOUT if migration.atomic else "0")
        super().migration_progress_callback(action, migration, fake)

    def _wait(self, how_long: str) -> None:
        with self._database.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [how_long])
