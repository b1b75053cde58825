"""What only an HTTP edge says no to, beside apps.core.errors."""

from apps.core.errors import ConvsyncError


class TooLarge(ConvsyncError):
    """The body is larger than its route takes (HTTP 413)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes. Send fewer rows at a time.")


class RateLimited(ConvsyncError):
    """Too many requests in the window (HTTP 429); `wait` is the seconds until the next one begins."""

    def __init__(self, *, limit: int, seconds: int, wait: int) -> None:
        super().__init__(f"At most {limit} requests in {seconds} seconds. Try again in {wait} seconds.")
        self.wait = wait


class PreconditionFailed(ConvsyncError):
    """If-Match names an older state of the thing (HTTP 412)."""


class KeyReused(ConvsyncError):
    """The Idempotency-Key was used for another request (HTTP 422)."""


class Busy(ConvsyncError):
    """It clashed with what is happening at this moment; the same request can be sent again (HTTP 409)."""

    wait = 1
