"""The sandbox asks nobody who they are, so it serves only this machine."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

from apps.sandbox.environment import is_loopback


class LoopbackOnly:
    """Refuses whoever is not on this machine, should the server ever be bound to more than loopback."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 403 to an address that is not loopback, 400 to a foreign host name; a unix socket has no address."""
        address = request.META.get("REMOTE_ADDR", "")
        if address and not is_loopback(address):
            return HttpResponseForbidden("The sandbox answers on loopback only.", content_type="text/plain")
        # Raises for a name that is not in ALLOWED_HOSTS: a web page elsewhere must not reach in by its own name.
        request.get_host()
        return self.get_response(request)
