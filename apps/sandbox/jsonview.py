"""Views of the sandbox's own that take and give JSON."""

from collections.abc import Callable
from functools import wraps

import orjson
from django.http import HttpRequest, HttpResponse

from apps.sandbox.structure import BadStructure

View = Callable[..., object]


def speaks_json(view: View) -> Callable[..., HttpResponse]:
    """Turn what a view returns into JSON, and a wrong field into a 400 that names it."""

    @wraps(view)
    def wrapped(request: HttpRequest, **named: str) -> HttpResponse:
        try:
            status, body = 200, view(request, **named)
        except BadStructure as fault:
            status, body = 400, {"error": {"field": fault.field, "message": fault.expected}}
        return HttpResponse(orjson.dumps(body), status=status, content_type="application/json")

    return wrapped


def body_of(request: HttpRequest) -> object:
    """Return the request's JSON body. Raises `BadStructure` when it is not JSON."""
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadStructure("body", f"must be JSON ({error})") from None
