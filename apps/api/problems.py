"""Every error answer: one table of kinds, and the shape that the route's clients expect.

/api/v1 answers problem+json (RFC 9457); HubSpot-shaped routes answer what hubspot-api-client reads.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response

from apps.api.errors import Busy, KeyReused, PreconditionFailed, RateLimited, TooLarge
from apps.core.errors import Conflict, Fault, InvalidInput, NotAllowed, NotFound
from apps.core.ids import new_id

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: `code` ends its type's address, `category` is HubSpot's word for it."""

    status: int
    code: str
    title: str
    category: str


UNAVAILABLE = Kind(503, "unavailable", "The database cannot be reached", "SERVICE_UNAVAILABLE")
UNAVAILABLE_FOR = 5  # seconds after which it makes sense to ask again; nobody knows how long a database is gone
INTERNAL = Kind(500, "internal", "Something went wrong on our side", "INTERNAL_ERROR")
_TABLE: tuple[tuple[tuple[type[Exception], ...], Kind], ...] = (
    (
        (InvalidInput, exceptions.ValidationError, exceptions.ParseError, UnreadablePostError),
        Kind(400, "invalid-input", "Some of what was sent cannot be used", "VALIDATION_ERROR"),
    ),
    (
        (exceptions.NotAuthenticated, exceptions.AuthenticationFailed),
        Kind(401, "not-authenticated", "The API key is missing or not valid", "INVALID_AUTHENTICATION"),
    ),
    (
        (NotAllowed, PermissionDenied, exceptions.PermissionDenied),
        Kind(403, "not-allowed", "The API key may not do this", "MISSING_SCOPES"),
    ),
    ((NotFound, Http404, exceptions.NotFound), Kind(404, "not-found", "There is no such thing", "OBJECT_NOT_FOUND")),
    (
        (exceptions.MethodNotAllowed,),
        Kind(405, "method-not-allowed", "This address does not take this method", "METHOD_NOT_ALLOWED"),
    ),
    ((Conflict,), Kind(409, "conflict", "It clashes with what is already there", "CONFLICT")),
    ((Busy,), Kind(409, "busy", "It clashed with another request; send it again", "CONFLICT")),
    (
        (PreconditionFailed,),
        Kind(412, "precondition-failed", "It was changed in the meantime", "PRECONDITION_FAILED"),
    ),
    ((TooLarge,), Kind(413, "too-large", "The body is too large", "PAYLOAD_TOO_LARGE")),
    (
        (exceptions.UnsupportedMediaType,),
        Kind(415, "unsupported-media-type", "The body is not JSON in UTF-8", "UNSUPPORTED_MEDIA_TYPE"),
    ),
    (
        (KeyReused,),
        Kind(422, "idempotency-key-reused", "The Idempotency-Key belongs to another request", "VALIDATION_ERROR"),
    ),
    ((RateLimited,), Kind(429, "rate-limited", "Too many requests", "RATE_LIMITS")),
    ((OperationalError, InterfaceError), UNAVAILABLE),
)
KINDS = (*(kind for _, kind in _TABLE), INTERNAL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error answer before it has a shape."""

    kind: Kind
    detail: str
    faults: tuple[Fault, ...]
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How a route's clients read an error."""

    content_type: str
    body: Callable[[Problem], dict[str, Any]]


def type_address(kind: Kind) -> str:
    """The stable `type` of a kind; it can be opened."""
    return f"{settings.BASE_URL}/api/v1/problems/{kind.code}"


def _problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "type": type_address(problem.kind),
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": f"urn:uuid:{problem.correlation_id}",
        "errors": [{"field": each.field, "code": each.code, "message": each.message} for each in problem.faults],
    }


PROBLEM_JSON = Shape("application/problem+json", _problem_json)


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to an exception in the shape of its view. Django REST framework's exception handler."""
    view = context.get("view")
    shape: Shape = getattr(view, "shape", PROBLEM_JSON)
    problem = problem_of(error, correlation_id=getattr(view, "correlation_id", "") or str(new_id()))
    if problem.kind.status >= 500:
        # Where, but not the message: a database's message repeats the row, and with it personal data.
        where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-5:]]
        log.error("api.failed", error=type(error).__name__, at=where, correlation_id=problem.correlation_id)
    response = Response(shape.body(problem), status=problem.kind.status, content_type=shape.content_type)
    challenge = getattr(error, "auth_header", None)
    if challenge:
        response["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None) or (UNAVAILABLE_FOR if problem.kind.status == 503 else None)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def problem_of(error: Exception, *, correlation_id: str) -> Problem:
    """What the exception says, in its kind."""
    # A server that goes away in the middle of an answer is told of as the bare class and nothing more.
    otherwise = UNAVAILABLE if type(error) is DatabaseError else INTERNAL
    kind = next((kind for classes, kind in _TABLE if isinstance(error, classes)), otherwise)
    faults = _faults(error)
    if kind.status >= 500:
        detail = f"It was not your request's fault. Try again later, and quote {correlation_id} if it stays."
    elif isinstance(error, Http404) or not str(error):
        detail = kind.title + "."
    elif faults:
        detail = " ".join(f"{fault.field}: {fault.message}" for fault in faults[:3])
    else:
        detail = str(error)
    return Problem(kind, detail, faults, correlation_id)


def _faults(error: Exception) -> tuple[Fault, ...]:
    if isinstance(error, InvalidInput):
        return error.faults
    if isinstance(error, exceptions.ValidationError):
        return tuple(faults_within(error.get_full_details()))
    return ()


def faults_within(details: object, path: str = "") -> Iterator[Fault]:
    """A serializer's nested error details as faults that name each field by its path, such as `contacts.3.email`."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield Fault(path or "body", str(details["code"]), str(details["message"]))
    elif isinstance(details, dict):
        for name, inner in details.items():
            here = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
            yield from faults_within(inner, here)
    elif isinstance(details, list):
        only_messages = all(isinstance(each, dict) and set(each) == {"message", "code"} for each in details)
        for index, inner in enumerate(details):
            yield from faults_within(inner, path if only_messages else f"{path}.{index}".lstrip("."))
