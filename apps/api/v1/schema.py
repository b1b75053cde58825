"""The OpenAPI description: how a key is sent, and what every operation has in common."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from apps.api.idempotency import HEADER, LONGEST_KEY

_TEXT = {"type": "string"}
_FAULT = {
    "type": "object",
    "description": "One thing wrong.",
    "properties": {"field": _TEXT, "code": _TEXT, "message": _TEXT},
    "required": ["field", "code", "message"],
}
_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
    "required": ["type", "title", "status", "detail", "instance", "errors"],
}
_EVERY = {
    "400": "Some of what was sent cannot be used; `errors` names each field.",
    "401": "The API key is missing or not in use.",
    "403": "The API key lacks the scope.",
    "429": "Too many requests; Retry-After says when to go on.",
}
_WITH_ID = {"404": "There is no such thing in this workspace."}
_WRITES = {"409": "It clashes with what is there, or with another request."}
_POSTS = {
    "413": "The body is too large.",
    "415": "The body is not JSON in UTF-8.",
    "422": "The Idempotency-Key was used for another request.",
}
_KEY = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
    "description": "The same request with the same key, within a day, is done once and answered the same.",
}


def complete(result: dict[str, Any], generator: object, request: object, public: object) -> dict[str, Any]:
    """Add to each operation the errors it may answer, and to each POST the Idempotency-Key. A drf-spectacular hook."""
    result["components"]["schemas"] |= {"Fault": _FAULT, "Problem": _PROBLEM}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if operation.get("security") == [{}]:
                continue  # open to anyone: it refuses nothing
            operation["responses"] |= {
                status: {
                    "description": description,
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, description in _errors(path, method).items()
            }
            if method == "post":
                operation.setdefault("parameters", []).append(_KEY)
    return result


def _errors(path: str, method: str) -> dict[str, str]:
    errors = _EVERY | (_WITH_ID if "{" in path else {})
    if method != "get":
        errors = errors | _WRITES
    return errors | _POSTS if method == "post" else errors


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is sent."""

    target_class = "apps.api.auth.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "An API key of the workspace, as csk_..."}


def only_v1(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Leave out addresses that are not our own API's. A drf-spectacular hook."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]
