"""Poison: what our own code cannot handle. It is tried a few times and set aside, and its neighbours go on.

Caught is what one row's content brings about, in our code or in the database, never what is wrong with the world
around it: a server that is away is waited for.
"""

from traceback import extract_tb

import structlog
from django.db import DataError, IntegrityError

log = structlog.get_logger()
MOST_TRIES = 3
POISON: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    DataError,
    IntegrityError,
)


def poison_told(error: BaseException, doing: str, **ids: object) -> None:
    """One line for the operator: what was done, to what, and where it broke. Error texts may name people: none."""
    place = extract_tb(error.__traceback__)[-1]
    told = {name: str(each) for name, each in ids.items()}
    log.error("poison", doing=doing, error=type(error).__name__, file=place.filename, line=place.lineno, **told)
