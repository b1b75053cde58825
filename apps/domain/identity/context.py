"""What the rules of one field may look at beside the value, and what they answer."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple, TypeAlias

from apps.domain.identity.reasons import DropReason


class Context(NamedTuple):
    """Countries are ISO codes, None where not known or not understood. Today None: the future is not checked."""

    country: str | None
    dials_from: str | None
    date_order: str
    today: date | None
    raw_ids: bool  # the destination takes the customer's own ids as they are, where a network leaves the choice


NO_CONTEXT = Context(None, None, "dmy", None, raw_ids=False)

Forms: TypeAlias = tuple[str, ...] | DropReason
"""The normal forms of a value, best first, or why there are none."""

FormRule: TypeAlias = Callable[[str, Context], Forms]
"""Takes a trimmed value that is not empty."""
