"""What every API view has in common: one transaction in the caller's workspace, a limit, and errors in one shape.

A 2xx is made after the commit: what was answered is in PostgreSQL.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any, ClassVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api import ratelimit
from apps.api.errors import Busy
from apps.api.problems import PROBLEM_JSON, Shape
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.core.ids import new_id
from apps.core.tenancy import workspace_scope
from apps.workspaces.services import Caller

log = structlog.get_logger()
TRIES = 3
CLASHES = frozenset({"40001", "40P01"})  # serialization failure, deadlock
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
KIB = 1024
MIB = 1024 * KIB


class AlwaysJSON(BaseContentNegotiation):
    """There is one format, so what the client says it accepts does not matter."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """The parser for the body's content type, or None."""
        wanted = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """JSON."""
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A view whose handlers run inside the workspace of its caller."""

    scopes: ClassVar[Mapping[str, str]] = {}
    body_limit: ClassVar[int] = MIB
    shape: ClassVar[Shape] = PROBLEM_JSON
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    metadata_class = None
    content_negotiation_class = AlwaysJSON
    standing: ratelimit.Standing | None = None
    correlation_id = ""
    now: datetime

    @property
    def caller(self) -> Caller:
        """The API key that is calling."""
        caller = self.request.auth
        assert isinstance(caller, Caller)
        return caller

    def workspace(self) -> UUID | None:
        """The workspace that this request is about; None for what belongs to no workspace."""
        return self.caller.workspace_id

    def count(self) -> ratelimit.Standing | None:
        """Count this request against its limit."""
        caller = self.caller
        return ratelimit.count(ratelimit.PER_KEY, who=f"{caller.workspace_id}:{caller.key_id}", now=self.now)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As Django REST framework's, with the handler in one transaction of the workspace."""
        self.args, self.kwargs = args, kwargs
        self.now = timezone.now()
        self.correlation_id = str(new_id())
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        with translation.override("en"):  # clients read these words too; they must not change with a header
            try:
                self.initial(self.request, *args, **kwargs)
                if self.request.method in WITH_BODY:
                    _ = self.request.data  # read before a transaction would wait for a slow client
                response = self._answer()
            except Exception as error:  # noqa: BLE001 handle_exception makes the answer, and logs our own faults
                response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is calling, whether they may, and whether it is not too often."""
        if "\x00" in request.path or "\x00" in "".join((*request.GET, *request.GET.dict().values())):
            raise InvalidInput(Fault("address", "text", "Remove the NUL character from the address."))
        super().initial(request, *args, **kwargs)
        self.standing = self.count()

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what every answer carries."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["X-Correlation-Id"] = self.correlation_id
        response["Cache-Control"] = "no-store"
        for name, value in self.limit_headers(self.standing).items() if self.standing else ():
            response[name] = value
        return response

    def limit_headers(self, standing: ratelimit.Standing) -> dict[str, str]:
        """The limit in the words of the IETF's RateLimit header fields draft."""
        limit = standing.limit
        return {
            "RateLimit-Policy": f'"{limit.name}";q={limit.most};w={limit.seconds}',
            "RateLimit": f'"{limit.name}";r={standing.remaining};t={standing.resets_in}',
        }

    def _answer(self) -> Response:
        method = str(self.request.method).lower()
        handler: Callable[..., Response] = self.http_method_not_allowed
        if method in self.http_method_names:
            handler = getattr(self, method, handler)
        workspace_id = self.workspace()
        if workspace_id is None or handler == self.http_method_not_allowed:
            return handler(self.request, *self.args, **self.kwargs)
        for _ in range(TRIES):
            try:
                with workspace_scope(workspace_id):
                    return self.handle(handler)
            except (IntegrityError, OperationalError) as error:
                if not _clashed(error):
                    raise
                log.warning("api.clashed", error=type(error).__name__, correlation_id=self.correlation_id)
        raise Busy("It clashed with other requests that write the same records. Send it again.")

    def handle(self, handler: Callable[..., Response]) -> Response:
        """Run the handler, in the workspace's transaction."""
        return handler(self.request, *self.args, **self.kwargs)


def _clashed(error: DatabaseError) -> bool:
    """Whether another request wrote the same rows at the same time, so that trying again helps."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "pgcode", None) in CLASHES


def visitor_address(request: HttpRequest | Request) -> str:
    """The IP address of who is connected; behind our proxy, the one that it saw (the last that was added)."""
    seen = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.SECURE_PROXY_SSL_HEADER:
        return seen
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", 1)[-1].strip()
    try:
        return str(ip_address(forwarded))
    except ValueError:
        return seen


class UnknownAddress(ApiView):
    """The end of each API's list of addresses."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def workspace(self) -> None:
        """None's."""

    def count(self) -> None:
        """Not counted."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whatever the method."""
        raise NotFound(f"There is nothing at {request.path[:200]}. The addresses are listed in /api/v1/docs.")
