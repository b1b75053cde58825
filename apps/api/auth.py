"""Who is calling: an API key in the Authorization header, and what its scopes permit."""

import re
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.core.errors import NotAllowed
from apps.workspaces.services import Caller, api_key_recognise

if TYPE_CHECKING:  # REST framework's views read this module while they are imported
    from rest_framework.views import APIView

_BEARER = re.compile(r"Bearer ([\w-]{1,200})", re.ASCII | re.IGNORECASE)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`; `request.auth` is then the Caller. Keys in addresses or cookies do not count."""

    def authenticate(self, request: Request) -> tuple[None, Caller] | None:
        """The caller, or None when no key was sent. Raises AuthenticationFailed for a key that is not in use."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        found = _BEARER.fullmatch(header)
        caller = api_key_recognise(text=found.group(1), at=timezone.now()) if found else None
        if caller is None:
            raise AuthenticationFailed("This API key is not in use. Send a current one as: Authorization: Bearer KEY.")
        return None, caller

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="convsync"'


class HasScope(BasePermission):
    """Each view says in `scopes` which scope each method needs; what it does not mention is not permitted."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the caller may. Raises NotAllowed naming the scope that the key lacks."""
        if not isinstance(request.auth, Caller):
            return False
        scopes: dict[str, str] = getattr(view, "scopes", {})
        method: Any = "GET" if request.method == "HEAD" else request.method
        if not hasattr(view, str(method).lower()):
            return True  # the view itself answers that it does not take this method
        needed = scopes.get(method, "")
        if not needed or needed not in request.auth.scopes:
            raise NotAllowed(f"The API key lacks the scope {needed or '(none fits)'}. Make a key that has it.")
        return True
