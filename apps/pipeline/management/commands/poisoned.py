"""`manage.py poisoned [--again]`: what our own code fails on, and letting it try once more after it was mended."""

from argparse import ArgumentParser
from collections import Counter
from uuid import UUID

from django.core.management.base import BaseCommand

from apps.conversions.models import Conversion
from apps.core.tenancy import every_workspace
from apps.domain.states import State
from apps.pipeline.models import PoisonedSignal
from apps.pipeline.poisoned import poisoned_let_in


class Command(BaseCommand):
    """Counts by workspace; no person, no text of an error."""

    help = "Tells what was set aside because our own code fails on it; --again judges those signals once more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--again."""
        parser.add_argument("--again", action="store_true", help="judge the signals that were set aside once more")

    def handle(self, *, again: bool, **_: object) -> None:
        """Print what there is, and let it in again where that was asked for."""
        signals, conversions = _found()
        for (workspace_id, error), count in sorted(signals.items()):
            self.stdout.write(f"{workspace_id}  {count} signals are not judged: {error}")
        for workspace_id, count in sorted(conversions.items()):
            self.stdout.write(f"{workspace_id}  {count} conversions are not sent; a replay sends them")
        if not signals and not conversions:
            self.stdout.write("Nothing is set aside.")
        for workspace_id in {each for each, _ in signals} if again else ():
            self.stdout.write(f"{workspace_id}  {poisoned_let_in(workspace_id=workspace_id)} signals are judged again")


def _found() -> tuple[Counter[tuple[UUID, str]], Counter[UUID]]:
    """Signals by workspace and error, conversions by workspace."""
    with every_workspace():
        signals = Counter(PoisonedSignal.objects.values_list("workspace_id", "error"))
        rows = Conversion.objects.filter(state=State.POISONED).values_list("workspace_id", flat=True)
        return signals, Counter(rows)
