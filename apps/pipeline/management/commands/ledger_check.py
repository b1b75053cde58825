"""`./run manage ledger_check`: proves for every workspace that its ledger adds up, and names what does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.pipeline.conservation import CHECKS, Balance, balance_of
from apps.workspaces.models import Workspace


class Command(BaseCommand):
    """Ends with an error when something differs, so that a schedule or a monitor notices."""

    help = "Prove that every signal judged is in exactly one state, in every workspace."

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each workspace, and one for each difference."""
        differing = 0
        for workspace in Workspace.objects.order_by("id"):
            balance = balance_of(workspace)
            self._tell(balance)
            differing += bool(balance.differences)
        if differing:
            raise CommandError(f"The ledger of {differing} workspace(s) does not add up; the lines above say where.")

    def _tell(self, balance: Balance) -> None:
        parts = " + ".join(f"{count} {state}" for state, count in balance.by_state.items())
        mark = "differs" if balance.differences else "adds up"
        self.stdout.write(f"{balance.workspace.id} {mark}: {balance.judged} judged = {parts}")
        for each in balance.differences:
            self.stdout.write(f"  {each.check}, {each.count} times: {CHECKS[each.check][0]}")
            self.stdout.write(f"  first: signal {each.signal_id}, event {each.event_id}")
