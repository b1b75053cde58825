"""What is not judged yet, by workspace: one statement that counts up to a bound, whatever waits."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

COUNTED = 100_000

_UNJUDGED = """
    SELECT workspace.id, first.recorded_at,
           (SELECT count(*) FROM (SELECT 1 FROM signals_unjudged WHERE workspace_id = workspace.id
                                   LIMIT %(counted)s) AS counted)
      FROM workspaces_workspace AS workspace
     CROSS JOIN LATERAL (SELECT recorded_at FROM signals_unjudged WHERE workspace_id = workspace.id
                          ORDER BY signal_id LIMIT 1) AS first
     ORDER BY first.recorded_at
"""


class Unjudged(NamedTuple):
    """A workspace's signals that wait to be judged: when the first was recorded, and how many, up to COUNTED."""

    workspace_id: UUID
    oldest_at: datetime
    signals: int


def unjudged_now() -> list[Unjudged]:
    """Workspaces with signals that are not judged, the longest waiting first. In every_workspace."""
    with connection.cursor() as cursor:
        cursor.execute(_UNJUDGED, {"counted": COUNTED})
        return [Unjudged(*row) for row in cursor.fetchall()]
