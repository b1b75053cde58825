"""Who does something: every service takes one as `by=`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A member, an API key or convsync itself. `label` is shown in the audit log."""

    kind: str  # user | key | system
    id: str
    label: str


SYSTEM = Actor(kind="system", id="", label="convsync")
