"""`./run manage partitions`: the tables cut by time, part by part: makes what is missing, drops what is old."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.partitions import parts_of
from apps.pipeline.growth import CUTS, partitions_missing, tables_tend


class Command(BaseCommand):
    """Does by hand what the task does every six hours."""

    help = "Show the partitions; with --tend make those of the months to come and drop those that nobody keeps."

    def add_arguments(self, parser: CommandParser) -> None:
        """Looking is the default."""
        parser.add_argument("--tend", action="store_true", help="make and drop, then show")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each partition; an error when one is missing, so that a schedule or a monitor notices."""
        now = timezone.now()
        if options["tend"]:
            tended = tables_tend(now=now)
            self.stdout.write(f"made {len(tended.made)}, dropped {len(tended.dropped)}")
        for cut in CUTS:
            for part in parts_of(cut):
                mark = "" if part.attached else "  detached, to be dropped"
                self.stdout.write(f"{part.name}  {part.start:%Y-%m-%d} to {part.end:%Y-%m-%d}{mark}")
        if absent := partitions_missing(now=now):
            raise CommandError(f"Missing: {', '.join(absent)}. `manage.py partitions --tend` makes them.")
