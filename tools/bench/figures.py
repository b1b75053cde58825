"""The figures, read from the database that was worked in: nothing in the product is told to measure itself."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import psycopg2

_EVERY = "SELECT set_config('convsync.workspace', 'every', false)"
_DELAYS = """
    SELECT extract(epoch FROM sent.settled_at - signal.recorded_at)
      FROM conversions_conversion AS sent
      JOIN signals_signal AS signal ON signal.workspace_id = sent.workspace_id AND signal.id = sent.signal_id
     WHERE sent.state = 'sent' AND signal.recorded_at >= %s
"""
_STATES = "SELECT state, count(*) FROM conversions_conversion GROUP BY state"


class Figures:
    """Reads the bench's database."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor()
        self._cursor.execute(_EVERY)

    def delays(self, since: datetime) -> list[float]:
        """Seconds from a signal's recording to the network's yes, for signals recorded since then."""
        self._cursor.execute(_DELAYS, [since])
        return [float(row[0]) for row in self._cursor.fetchall()]

    def now(self) -> datetime:
        """The moment, by the database's clock."""
        moment: datetime = self._row("SELECT now()")[0]
        return moment

    def states(self) -> dict[str, int]:
        """How many conversions stand in each state."""
        self._cursor.execute(_STATES)
        return dict(self._cursor.fetchall())

    def _row(self, query: str, *parameters: object) -> Any:
        self._cursor.execute(query, parameters)
        return self._cursor.fetchone()


@contextmanager
def reading(database_url: str) -> Iterator[Figures]:
    """Figures of this database."""
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        yield Figures(connection)


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` (0 to 1) of the values do not exceed; 0.0 of none."""
    ordered = sorted(values)
    place = max(0, -(-len(ordered) * round(part * 1000) // 1000) - 1)
    return ordered[place] if ordered else 0.0
