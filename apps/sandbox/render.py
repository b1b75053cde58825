"""Pages of the sandbox's own: nothing from elsewhere, no script, no frame."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def rendered(request: HttpRequest, template: str, context: Mapping[str, object]) -> HttpResponse:
    """Return a page made of one of the sandbox's templates."""
    response = render(request, f"sandbox/{template}", context)
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "same-origin"
    return response
