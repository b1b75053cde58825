"""Times as clients write them: ISO 8601 with an offset, or Unix milliseconds."""

from datetime import UTC, datetime, timedelta

# Milliseconds below this would be before 1973: those are seconds sent by mistake, and are refused rather than guessed.
_LEAST_MILLISECONDS = 100_000_000_000
_MOST_MILLISECONDS = 32_503_680_000_000  # the year 3000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_moment(text: str) -> datetime | None:
    """The aware UTC moment, or None when it is not one; a bare date is its midnight in UTC."""
    text = text.strip()
    if len(text) > 40:
        return None
    if text.isascii() and text.isdigit():
        milliseconds = int(text)
        if not _LEAST_MILLISECONDS <= milliseconds <= _MOST_MILLISECONDS:
            return None
        return _EPOCH + timedelta(milliseconds=milliseconds)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC) if len(text) == 10 else None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None
