"""Cursors: where a list by time goes on, as text that clients send back unchanged."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from apps.core.errors import Fault, InvalidInput

Mark = TypeVar("Mark")


def cursor_of(moment: datetime, mark: str) -> str:
    """The cursor behind the row of that moment; `mark` tells it from others of the same moment."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()}|{mark}".encode()).decode().rstrip("=")


def cursor_read(text: str, read: Callable[[str], Mark]) -> tuple[datetime, Mark]:
    """What a cursor was made of, its mark as `read` takes it (ValueError: it is none). Raises InvalidInput."""
    try:
        moment, _, mark = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        found = datetime.fromisoformat(moment)
        if found.tzinfo is not None:
            return found, read(mark)
    except (ValueError, binascii.Error):
        pass
    raise InvalidInput(Fault("after", "cursor", "Use the cursor of an earlier page, unchanged."))
