"""Units of work that PostgreSQL breaks off, because two of them waited for each other: done again, whole."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import OperationalError

log = structlog.get_logger()
CLASHES = frozenset({"40001", "40P01"})  # serialization failure, deadlock (postgresql.org/docs, appendix A)
TRIES = 5
T = TypeVar("T")


def whole(act: Callable[[], T], *, tries: int = TRIES) -> T:
    """What `act` returns; when it clashed with another transaction, all of it again.

    `act` opens and ends its own transaction. Raises Django's OperationalError after so many clashes, and at once for
    anything else.
    """
    for left in reversed(range(tries)):
        try:
            return act()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in CLASHES or not left:
                raise
            log.warning("unit.clashed", left=left)
    raise AssertionError("tries must be positive")
