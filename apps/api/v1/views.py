"""What the views of /api/v1 have in common."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import idempotency
from apps.api.reading import single
from apps.api.v1.fields import Strict
from apps.api.views import ApiView


class V1View(ApiView):
    """A view of our own API: problem+json, and Idempotency-Key on every POST."""

    def handle(self, handler: Callable[..., Response]) -> Response:
        """Run the handler; a POST with an Idempotency-Key at most once."""
        if self.request.method != "POST":
            return super().handle(handler)
        return idempotency.once(
            self.request,
            workspace_id=self.caller.workspace_id,
            now=self.now,
            do=lambda: handler(self.request, *self.args, **self.kwargs),
        )


def read_body(request: Request, serializer: type[Strict], *, partial: bool = False) -> dict[str, Any]:
    """The body's values; `partial`: of the fields that it has.

    Raises ValidationError naming every field that cannot be used.
    """
    reader = serializer(data=request.data, partial=partial)
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)


def read_query(request: Request, serializer: type[Strict]) -> dict[str, Any]:
    """The address's parameters, each at most once."""
    fields = serializer().fields
    reader = serializer(data=dict(single(request.query_params, tuple(fields))))
    reader.is_valid(raise_exception=True)
    return dict(reader.validated_data)
