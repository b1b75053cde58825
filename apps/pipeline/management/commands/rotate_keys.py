"""`./run manage rotate_keys`: seals every token under the first key, so that those behind it can be taken away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.rotating import keys_rotate
from apps.core.tenancy import every_workspace
from apps.records.models import Suppression


class Command(BaseCommand):
    """May be stopped and begun again at any time, and beside running processes; a row no key opens is an error."""

    help = "Seal every token under the first of CONVSYNC_VAULT_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each column, then what still needs the old keys."""
        unopened = 0
        for found in keys_rotate():
            self.stdout.write(f"{found.column}: {found.anew} sealed anew, {found.fitting} were")
            for each in found.unopened:
                self.stdout.write(f"  no key opens {each}: put the key back that sealed it, or connect again")
            unopened += len(found.unopened)
        with every_workspace():
            erased = Suppression.objects.count()
        if erased:
            self.stdout.write(
                f"{erased} names of erased people are known by a hash under the key of their day: keep the old keys at"
                " the end of the list, or what is told late of these people is taken in again."
            )
        if unopened:
            raise CommandError(f"{unopened} secret(s) could not be opened; they are unchanged.")
