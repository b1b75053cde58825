"""Errors on request: rows that shall fail, and with what, as the world says."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from apps.sandbox.google.errors import Failure, Path
from apps.sandbox.google.event_errors import Violation
from apps.sandbox.worlds.google import Forced, GoogleWorld

# Errors that only one kind of row can have; any other may hit every row of the Ads API.
UPLOADS = ("conversionUploadError", "conversionAdjustmentUploadError")
REFUSED, PROCESSED = "ErrorReason", "ProcessingErrorReason"
STEP = re.compile(r"([a-z_0-9]+)(?:\[(\d+)\])?")


def failure(google: GoogleWorld, row: object, kind: str, place: Path, now: datetime) -> Failure | None:
    """Return the failure that a row of the Ads API shall have, or None; `kind` is its service's own category."""
    for each in _meant(google, row, now):
        category, _, name = each.error.partition(".")
        if category in (REFUSED, PROCESSED) or (category in UPLOADS and category != kind):
            continue
        path = () if each.unindexed else (*place, *_steps(each.path))
        details = {"unpublishedErrorCode": each.unpublished} if each.unpublished else None
        return Failure((category, name), path, details=details)
    return None


def violation(google: GoogleWorld, event: object, now: datetime) -> Violation | None:
    """Return what shall spoil a request of events because of this one, or None; its field starts at the event."""
    for each in _meant(google, event, now):
        category, _, name = each.error.partition(".")
        if category == REFUSED:
            return Violation(each.path, name, unindexed=each.unindexed)
    return None


def processed(google: GoogleWorld, event: object, now: datetime) -> str:
    """Return the reason for which an event that is taken shall not be counted in the end, or an empty text."""
    names = (each.error.partition(".") for each in _meant(google, event, now))
    return next((name for category, _, name in names if category == PROCESSED), "")


def _meant(google: GoogleWorld, row: object, now: datetime) -> Iterator[Forced]:
    for each in google.forced:
        if (each.until is None or now < each.until) and (not each.match or each.match in _values(row)):
            yield each


def _values(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)
    else:
        yield str(value)


def _steps(path: str) -> Path:
    return tuple((name, int(index) if index else None) for name, index in STEP.findall(path))
