"""The error tree. Each names what is wrong, where, and the fix; the edges turn them into answers.

ConvsyncError
 |-- InvalidInput      a field that a person or client sent (HTTP 400)
 |-- NotFound          unknown here, or another workspace's (HTTP 404, the same answer for both)
 |-- NotAllowed        the member's role or the key's scope does not permit it (HTTP 403)
 |-- Conflict          it clashes with what is already there (HTTP 409)
 `-- UnscopedQuery     our own fault: a query without a workspace
"""

from dataclasses import dataclass


class ConvsyncError(Exception):
    """Anything convsync says no to."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: the `field` as the client names it, a stable `code`, and a `message` that says the fix."""

    field: str
    code: str
    message: str


class InvalidInput(ConvsyncError):
    """One or more fields cannot be used; `faults` names each."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = faults


class NotFound(ConvsyncError):
    """There is no such thing in this workspace."""


class NotAllowed(ConvsyncError):
    """The actor may not do this."""


class Conflict(ConvsyncError):
    """It is already there in another form."""

    def __init__(self, message: str, *, existing_id: str = "") -> None:
        super().__init__(message)
        self.existing_id = existing_id


class UnscopedQuery(ConvsyncError):
    """A tenant's table was asked without saying for which workspace."""
