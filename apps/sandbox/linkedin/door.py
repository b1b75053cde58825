"""What every call to api.linkedin.com passes first: the token, its scopes, the version. And how the world changes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from apps.sandbox import world
from apps.sandbox.exchange import Answer, Entry, Exchange, Refused
from apps.sandbox.linkedin import errors, versions
from apps.sandbox.spine import receive
from apps.sandbox.structure import BadStructure
from apps.sandbox.worlds.linkedin import LinkedInWorld, Token

# Roles that may send and change; a viewer only looks.
ROLES = ("ACCOUNT_BILLING_ADMIN", "ACCOUNT_MANAGER", "CAMPAIGN_MANAGER", "CREATIVE_MANAGER")
PROTOCOL = "2.0.0"


def change(edit: Callable[[LinkedInWorld], LinkedInWorld]) -> LinkedInWorld:
    """Change what exists, one change at a time."""
    return world.amend("linkedin", edit)


def life_of(token: Token, now: datetime) -> str:
    """Return whether a token is valid, expired, revoked, or not yet known."""
    if token.state != "valid":
        return token.state
    if token.active_from is not None and now < token.active_from:
        return "unknown"
    return "expired" if token.expires_at is not None and now >= token.expires_at else "valid"


class Rest(Exchange):
    """A call to /rest, whatever the resource. `scopes` are those of which one is needed."""

    network = "linkedin"
    scopes: tuple[str, ...] = ("r_ads", "rw_ads")

    def sign_in(self) -> Token:
        """Return the token. Raises `Refused` for one that is dead, or lacks the scopes."""
        scheme, _, text = self.http.headers.get("Authorization", "").partition(" ")
        token = self.world.linkedin.token_by_text.get(text.strip()) if scheme.lower() == "bearer" else None
        state = life_of(token, self.now) if token is not None else "unknown"
        if token is None or state != "valid":
            raise Refused(errors.bad_token(state), f"401: {state} access token")
        self.account = token.accounts[0] if token.accounts else ""
        if not set(self.scopes) & set(token.scopes):
            raise self.refuse(403, "Not enough permissions to access this resource", code="ACCESS_DENIED")
        return token

    def version(self) -> str:
        """Return the version asked for. Raises `Refused` when none was, or one that is not served."""
        version = self.http.headers.get("LinkedIn-Version", "")
        if not version:
            raise self.refuse(400, "The LinkedIn-Version header must name an API version.", code="VERSION_MISSING")
        if not versions.is_served(version, self.now.date()):
            raise self.refuse(426, f"Requested version {version} is not active", code="NONEXISTENT_VERSION")
        return version

    def may_change(self, token: Token, account: str) -> None:
        """Raises `Refused` unless the member sees the account and may change things there."""
        self.may_see(token, account)
        if token.role not in ROLES:
            raise self.refuse(403, "The member's role at the ad account does not allow this", code="ACCESS_DENIED")

    def may_see(self, token: Token, account: str) -> None:
        """Raises `Refused` unless the member sees the account."""
        if account not in token.accounts:
            raise self.refuse(403, "No ad accounts found", code="ACCESS_DENIED")

    def refuse(self, status: int, message: str, *, code: str | None = None) -> Refused:
        """Return the refusal of a call."""
        return Refused(errors.refusal(status, message, code=code), f"{status}: {message.strip()}")


class Resource(Rest, ABC):
    """A call that carries no conversions: it is served while it is judged, and answered with what came of it."""

    reply: Answer

    def judge(self) -> list[Entry]:
        """Serve the call."""
        token = self.sign_in()
        try:
            self.reply = self.serve(token, self.version())
        except BadStructure as fault:
            raise self.refuse(400, str(fault)) from None
        return []

    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return what came of it."""
        return self.reply

    @abstractmethod
    def serve(self, token: Token, version: str) -> Answer:
        """Return the answer. Raises `Refused`."""


def served(kind: type[Resource], *methods: str) -> Callable[..., HttpResponse]:
    """Return the view of a resource; what its path names goes to the resource by name."""

    @require_http_methods(list(methods))
    def view(request: HttpRequest, **named: str) -> HttpResponse:
        return receive(kind, request, **named)

    return view
