"""`./run manage retention`: for how long each workspace keeps what, and changing it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.actor import SYSTEM
from apps.core.errors import InvalidInput
from apps.core.tenancy import workspace_scope
from apps.domain.retention import KINDS, days_kept
from apps.workspaces.models import Workspace
from apps.workspaces.services import retention_set


class Command(BaseCommand):
    """Reads and sets; forgetting is the task's."""

    help = "Show for how many days each workspace keeps each kind of data; with --workspace, --keep and --days set it."

    def add_arguments(self, parser: CommandParser) -> None:
        """All three to change something, none to look."""
        parser.add_argument("--workspace", type=int, metavar="PORTAL", help="the workspace's portal id")
        parser.add_argument("--keep", choices=list(KINDS), help="the kind of data")
        parser.add_argument("--days", type=int, help="for how many days")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each workspace."""
        asked = [options[name] for name in ("workspace", "keep", "days")]
        if any(each is not None for each in asked):
            self._set(*asked)
        for workspace in Workspace.objects.order_by("portal_id"):
            kept = ", ".join(f"{key} {days_kept(kind, workspace.retention)} days" for key, kind in KINDS.items())
            self.stdout.write(f"{workspace.portal_id} {workspace.name}: {kept}")

    def _set(self, portal_id: int | None, kind: str | None, days: int | None) -> None:
        workspace = Workspace.objects.filter(portal_id=portal_id or 0).first()
        if workspace is None or kind is None or days is None:
            raise CommandError("Give all of --workspace (a portal id that there is), --keep and --days.")
        try:
            with workspace_scope(workspace.id):
                retention_set(workspace_id=workspace.id, kind=kind, days=days, by=SYSTEM, at=timezone.now())
        except InvalidInput as error:
            raise CommandError(str(error)) from error
