"""Others who use a table meanwhile: each writes and reads in short transactions and waits for no lock for a second.

PostgreSQL itself says so (`lock_timeout`): how fast a busy machine answers says nothing about locks.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from apps.core.ids import new_id

LONGEST = "1s"


@dataclass
class Load:
    """What the others saw: how often they had their turn, and what failed. Who waits LONGEST for a lock fails."""

    turns: int = 0
    failures: list[str] = field(default_factory=list)


@contextmanager
def load_on_scratch(workspace: UUID, *, threads: int = 2) -> Iterator[Load]:
    """Writers and readers of `scratch` for as long as the block takes."""
    seen, stop = Load(), threading.Event()
    workers = [threading.Thread(target=_use, args=(workspace, seen, stop)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield seen
    finally:
        stop.set()
        for worker in workers:
            worker.join()


def _use(workspace: UUID, seen: Load, stop: threading.Event) -> None:
    mine = connection.copy()
    try:
        with mine.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LONGEST])
        while not stop.is_set():
            with mine.cursor() as cursor:
                cursor.execute("SELECT set_config('convsync.workspace', %s, false)", [str(workspace)])
                cursor.execute(
                    "INSERT INTO scratch (workspace_id, id, note) VALUES (%s, %s, 'load')", [workspace, new_id()]
                )
                cursor.execute("SELECT count(*) FROM (SELECT FROM scratch WHERE note = 'load' LIMIT 10) AS few")
            seen.turns += 1
            time.sleep(0.005)
    except Exception as error:  # noqa: BLE001 - told to the test, whatever it is
        seen.failures.append(repr(error))
    finally:
        mine.close()


@contextmanager
def transaction_open(*, seconds: float) -> Iterator[None]:
    """Somebody's transaction that has read `scratch` and takes its time."""
    reading = threading.Event()

    def hold() -> None:
        mine = connection.copy()
        with mine.cursor() as cursor:
            cursor.execute("BEGIN; SELECT count(*) FROM scratch")
            reading.set()
            time.sleep(seconds)
        mine.close()

    holder = threading.Thread(target=hold)
    holder.start()
    reading.wait(10)
    try:
        yield
    finally:
        holder.join()
