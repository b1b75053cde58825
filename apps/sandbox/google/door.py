"""What every call to googleapis.com passes first: the token, its scopes, the customer. And how the world changes."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime

import orjson
from django.http import HttpRequest

from apps.sandbox import world
from apps.sandbox.exchange import Answer, Entry, Exchange, Refused
from apps.sandbox.google import errors, messages, quotas
from apps.sandbox.google.errors import Code, Failure, Path
from apps.sandbox.google.fields import VERSIONS
from apps.sandbox.google.rows import Row
from apps.sandbox.world import World
from apps.sandbox.worlds.google import ADWORDS, Customer, GoogleWorld, Project, Token

CUSTOMER_ID = re.compile(r"\d{10}")
BAD_SYNTAX = ("", "Invalid JSON payload received. The body is not valid JSON.")


def change(edit: Callable[[GoogleWorld], GoogleWorld]) -> GoogleWorld:
    """Change what exists, one change at a time."""
    return world.amend("google", edit)


def life_of(token: Token, now: datetime) -> str:
    """Return whether a token is valid, expired, revoked or disabled."""
    if token.state == "valid" and token.expires_at is not None and now >= token.expires_at:
        return "expired"
    return token.state


def bearer(http: HttpRequest, google: GoogleWorld) -> Token:
    """Return the token of the Authorization header, whatever its state. Raises `Refused` for one that is not known."""
    scheme, _, text = http.headers.get("Authorization", "").partition(" ")
    token = google.token_by_text.get(text.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refused(errors.bare(401, errors.BAD_CREDENTIALS), "401: unknown access token")
    return token


def project_of(token: Token, google: GoogleWorld) -> Project:
    """Return the Cloud project that a token's app belongs to; one that is not described has no limits."""
    return google.project_by_id.get(token.project) or Project(token.project)


def check_scope(token: Token, scope: str) -> None:
    """Raises `Refused` when the token was not granted the API's own scope."""
    if scope not in token.scopes:
        raise Refused(errors.scope_refusal(), "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def body_of(http: HttpRequest) -> object:
    """Return the JSON of a body. Raises `Refused` for what is none."""
    try:
        return orjson.loads(http.body)
    except orjson.JSONDecodeError:
        raise Refused(errors.bad_json([BAD_SYNTAX]), BAD_SYNTAX[1]) from None


class AdsCall(Exchange):
    """A call to the Google Ads API, to a customer or to none."""

    network = "google"
    project: Project

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, version: str, customer: str = "") -> None:
        super().__init__(http, world, now)
        self.version = version
        self.customer_id = self.account = customer

    def sign_in(self) -> Token:
        """Return the token. Raises `Refused` for one that may not call, and for a version that is not served."""
        token = bearer(self.http, self.world.google)
        if self.version not in VERSIONS:
            raise self.refused(errors.UNSUPPORTED_VERSION)
        life = life_of(token, self.now)
        if life != "valid":
            raise self.refused(errors.TOKEN_STATES[life], status=401)
        check_scope(token, ADWORDS)
        self.project = project_of(token, self.world.google)
        self.extras = {"project": self.project.id}
        self.afford(quotas.of_project(self.project, self.version, self.now))
        return token

    def afford(self, refusal: Answer | None) -> None:
        """Raises `Refused` with the refusal of a quota, if there is one."""
        if refusal is not None:
            reason = "429: the quota is used up"
            raise Refused(refusal, reason, self.lost(reason))

    def customer(self, token: Token) -> Customer:
        """Return the customer. Raises `Refused` when it is out of reach or switched off."""
        google, login = self.world.google, self.login()
        if not CUSTOMER_ID.fullmatch(self.customer_id):
            raise self.refused(errors.BAD_CUSTOMER_ID)
        customer = google.customer_by_id.get(self.customer_id)
        # Through a manager, the manager must be named; without one, the user needs a role of their own.
        linked = customer is not None and google.leads_to(login, customer)
        if customer is None or not linked or login not in token.customers:
            raise self.refused(errors.NOT_PERMITTED, status=403)
        for refused, code in ((not customer.enabled, errors.NOT_ENABLED), (customer.suspended, errors.SUSPENDED)):
            if refused:
                raise self.refused(code, status=403)
        if self.project.access_level == "TEST" and not customer.test_account:
            raise self.refused(errors.TEST_ONLY.get(self.version, errors.NOT_IN_PRODUCTION), status=403)
        self.afford(quotas.of_customer(customer, self.version, self.now))
        return customer

    def login(self) -> str:
        """Return the customer through whom the user comes: the one that is named, else the customer itself."""
        login = self.http.headers.get("login-customer-id")
        if login is not None and not CUSTOMER_ID.fullmatch(login):
            raise self.refused(errors.BAD_CUSTOMER_ID)
        return login or self.customer_id

    def refused(self, code: Code, *, status: int = 400, path: Path = ()) -> Refused:
        """Return the refusal of the call for one reason."""
        return self.refused_for(Failure(code, path), status=status)

    def refused_for(self, *failures: Failure, status: int = 400) -> Refused:
        """Return the refusal of the call."""
        version = self.version if self.version in VERSIONS else VERSIONS[-1]
        answer = errors.refusal(*failures, status=status, version=version)
        return Refused(answer, failures[0].reason, self.lost(failures[0].reason))

    def lost(self, reason: str) -> list[Entry]:
        """Return the conversions that had been read when the call was refused."""
        return []


class Resource(AdsCall, ABC):
    """A call that carries no conversions: it is served while it is judged, and answered with what came of it."""

    reply: object

    def judge(self) -> list[Entry]:
        """Serve the call."""
        token = self.sign_in()
        shape = self.shape()
        self.reply = self.serve(token, {} if shape is None else self._read(shape))
        return []

    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return what came of it."""
        request = errors.request_id()
        return Answer(200, self.reply, request, {"request-id": request})

    def shape(self) -> messages.Message | None:
        """Return the message that the body is, or None for a call without one."""
        return None

    @abstractmethod
    def serve(self, token: Token, call: Row) -> object:
        """Return the body of the answer. Raises `Refused`."""

    def _read(self, message: messages.Message) -> Row:
        call, problems = messages.read(message, body_of(self.http))
        if problems:
            raise Refused(errors.bad_json(problems), problems[0][1])
        return call
