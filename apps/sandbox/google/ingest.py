"""The Data Manager API: `POST /v1/events:ingest`, all or nothing, and `GET /v1/requestStatus:retrieve`, in counts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from apps.sandbox.exchange import Answer, Entry, Exchange, Refused, fingerprint
from apps.sandbox.google import errors, event_errors, events, forced, messages, quotas
from apps.sandbox.google.door import bearer, body_of, check_scope, life_of, project_of
from apps.sandbox.google.event_errors import Violation
from apps.sandbox.google.event_messages import INGEST
from apps.sandbox.google.rows import Row, Scene, is_new
from apps.sandbox.models import Request, State
from apps.sandbox.spine import receive, respond
from apps.sandbox.world import World, current
from apps.sandbox.worlds.google import DATAMANAGER, Action, Customer, GoogleWorld, Token

MOST_DESTINATIONS, MOST_EVENTS = 10, 2000
TAKEN_BY = ("UPLOAD_CLICKS", "WEBPAGE")
PROCESSED_AFTER, KEPT_FOR = timedelta(minutes=30), timedelta(days=50)


class Ingest(Exchange):
    """One request: one event at fault spoils it all. What it takes is only looked at closely later."""

    network = "google"

    def __init__(self, http: HttpRequest, world: World, now: datetime) -> None:
        super().__init__(http, world, now)
        self.sent: list[object] = []
        self.call: Row = {}
        self.scenes: list[tuple[Scene, Action]] = []

    def judge(self) -> list[Entry]:
        """Return the events as entries of the first destination; raises Refused when any of them is at fault."""
        token = sign_in(self.http, self.world.google, self.now)
        project = project_of(token, self.world.google)
        self.extras = {"project": project.id}
        self._read()
        spent = quotas.of_ingestion(project, self.now)
        if spent is not None:
            raise Refused(spent, "429: the quota is used up", self._all_refused("429: the quota is used up"))
        self.rehearsal = bool(self.call.get("validate_only"))
        self._destinations(token)
        wrong = list(self._wrong())
        if wrong:
            raise self._refused(wrong)
        scene, action = self.scenes[0]
        consent = self.call.get("consent", {})
        found = [
            forced.processed(self.world.google, event, self.now) or events.later(scene, action, event, consent)
            for event in self.call["events"]
        ]
        self.extras |= {
            "destinations": self.call["destinations"],
            "processing": Counter(reason for reason in found if reason),
        }
        return [self._entry(scene, action, index, event) for index, event in enumerate(self.call["events"])]

    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return the id to ask the status by; a rehearsal has none."""
        request = errors.request_id()
        return Answer(200, {} if self.rehearsal else {"requestId": request}, request)

    def _read(self) -> None:
        body = body_of(self.http)
        self.call, problems = messages.read(INGEST, body)
        given = body.get("events") if isinstance(body, dict) else None
        self.sent = given if isinstance(given, list) else []
        if problems:
            raise Refused(errors.bad_json(problems), problems[0][1], self._all_refused(problems[0][1]))

    def _destinations(self, token: Token) -> None:
        destinations, sent = self.call.get("destinations", []), self.call.get("events", [])
        for wrong, field, reason in (
            (not destinations, "destinations", "REQUIRED_FIELD_MISSING"),
            (len(destinations) > MOST_DESTINATIONS, "destinations", "TOO_MANY_DESTINATIONS"),
            (not sent, "events", "REQUIRED_FIELD_MISSING"),
            (len(sent) > MOST_EVENTS, "events", "TOO_MANY_EVENTS"),
        ):
            if wrong:
                raise self._refused([Violation(field, reason)])
        for index, destination in enumerate(destinations):
            self.scenes.append(self._destination(token, destination, f"destinations.destinations[{index}]"))
        self.account = self.scenes[0][0].customer.id

    def _destination(self, token: Token, destination: Row, where: str) -> tuple[Scene, Action]:
        operating = destination.get("operating_account", {})
        if operating.get("account_type") != "GOOGLE_ADS" or not operating.get("account_id", "").isdecimal():
            raise self._refused([Violation(f"{where}.operating_account", "INVALID_DESTINATION")])
        customer = self._customer(token, operating["account_id"], destination)
        action_id = destination.get("product_destination_id", "")
        action = self.world.google.action_by_id.get((customer.id, action_id))
        if action is None or action.type not in TAKEN_BY:
            kind = "ID" if action is None else "TYPE"
            raise self._refused([Violation(f"{where}.product_destination_id", f"INVALID_CONVERSION_ACTION_{kind}")])
        scene = Scene(self.world.google, customer, self.now, "")
        if is_new(scene, action):
            raise self._refused(
                [Violation(f"{where}.product_destination_id", "CONVERSION_ACTION_TOO_RECENTLY_CREATED")]
            )
        return scene, action

    def _customer(self, token: Token, number: str, destination: Row) -> Customer:
        customer = self.world.google.customer_by_id.get(number)
        login = destination.get("login_account", {}).get("account_id") or number
        linked = customer is not None and self.world.google.leads_to(login, customer)
        usable = customer is not None and customer.enabled and not customer.suspended
        if customer is None or not linked or not usable or login not in token.customers:
            raise Refused(event_errors.denied(), "PERMISSION_DENIED", self._all_refused("PERMISSION_DENIED"))
        return customer

    def _wrong(self) -> Iterator[Violation]:
        encoding = self.call.get("encoding", "ENCODING_UNSPECIFIED")
        if any(event.get("user_data", {}).get("user_identifiers") for event in self.call["events"]):
            if encoding not in ("HEX", "BASE64"):
                yield Violation("encoding", "REQUIRED_FIELD_MISSING")
            yield from self._terms()
        scene = self.scenes[0][0]
        for index, event in enumerate(self.call["events"]):
            where = f"events.events[{index}]"
            forced_one = forced.violation(self.world.google, event, self.now)
            if forced_one is not None:
                path = "events" if forced_one.unindexed else f"{where}.{forced_one.field}".rstrip(".")
                yield Violation(path, forced_one.reason)
            for each in events.violations(scene, event, encoding=encoding, rehearsal=self.rehearsal):
                yield Violation(f"{where}.{each.field}".rstrip("."), each.reason)

    def _terms(self) -> Iterator[Violation]:
        for index, (scene, action) in enumerate(self.scenes):
            where, leads = f"destinations.destinations[{index}]", action.type == "UPLOAD_CLICKS"
            if not scene.customer.terms_accepted:
                yield Violation(where, "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED")
            elif leads and not scene.customer.enhanced_conversions_for_leads:
                yield Violation(where, "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS")

    def _entry(self, scene: Scene, action: Action, index: int, event: Row) -> Entry:
        transaction_id = event.get("transaction_id", "")
        clicked = event.get("ad_identifiers", {})
        key = transaction_id or clicked.get("gclid") or clicked.get("gbraid") or clicked.get("wbraid") or ""
        entry = Entry(account=scene.customer.id, key=key, name=action.name, body=self.sent[index])
        if transaction_id:
            # The mark of an order at an action, which the Ads API's uploads and adjustments know it by as well.
            mark = fingerprint("google", scene.customer.id, "order", action.id, transaction_id)
            entry.fingerprints = ((mark, "the same transaction again: its value replaces the earlier one"),)
        return entry

    def _refused(self, wrong: Sequence[Violation]) -> Refused:
        at_fault = {each.field.partition(".events[")[2].partition("]")[0]: each.reason for each in reversed(wrong)}
        reason = f"{wrong[0].reason} at {wrong[0].field}"
        entries = self._all_refused(f"its request was refused: {reason}")
        for index, entry in enumerate(entries):
            entry.reason = at_fault.get(str(index), entry.reason)
        return Refused(event_errors.refusal(wrong), reason, entries)

    def _all_refused(self, reason: str) -> list[Entry]:
        return [Entry(self.account, "", "", body, State.REFUSED, reason) for body in self.sent]


def sign_in(http: HttpRequest, google: GoogleWorld, now: datetime) -> Token:
    """Return the caller's token; raises Refused when it is none, dead, or lacks the API's own scope."""
    token = bearer(http, google)
    if life_of(token, now) != "valid":
        raise Refused(errors.bare(401, errors.BAD_CREDENTIALS), "401: the access token is not valid")
    check_scope(token, DATAMANAGER)
    return token


def status_of(request: Request, now: datetime) -> dict[str, object]:
    """Return what became of a request, per destination and in counts: no event is ever named."""
    kept: Mapping[str, Any] = orjson.loads(request.extras)
    failed: dict[str, int] = kept["processing"]
    lost = sum(failed.values())
    state = "SUCCESS" if not lost else "FAILED" if lost == request.conversions else "PARTIAL_SUCCESS"
    body: dict[str, object] = {"eventsIngestionStatus": {"recordCount": str(request.conversions)}}
    if now - request.received_at < PROCESSED_AFTER:
        body["requestStatus"] = "PROCESSING"
    else:
        body["requestStatus"] = state
        if failed:
            counts = [{"recordCount": str(n), "reason": _published(reason)} for reason, n in sorted(failed.items())]
            body["errorInfo"] = {"errorCounts": counts}
    return {
        "requestStatusPerDestination": [
            {"destination": _camel(destination), **body} for destination in kept["destinations"]
        ]
    }


def _published(reason: str) -> str:
    return reason if reason.startswith("PROCESSING_ERROR_") else f"PROCESSING_ERROR_REASON_{reason}"


def _camel(value: object) -> object:
    return {messages.camel(name): _camel(inner) for name, inner in value.items()} if isinstance(value, dict) else value


@require_POST
def ingest(request: HttpRequest) -> HttpResponse:
    """Take a request of events."""
    return receive(Ingest, request)


@require_GET
def retrieve(request: HttpRequest) -> HttpResponse:
    """Say what became of a request; asked for too late, or for one that was never made, it refuses."""
    world, now = current()
    try:
        sign_in(request, world.google, now)
    except Refused as refusal:
        return respond(refusal.answer)
    wanted = request.GET.get("requestId", "").replace("\x00", "")
    found = Request.objects.filter(network="google", trace=wanted, status=200, path__endswith="events:ingest").first()
    if found is None:
        return respond(event_errors.unusable("INVALID_REQUEST_ID"))
    if now - found.received_at > KEPT_FOR:
        return respond(event_errors.unusable("REQUEST_TOO_OLD"))
    return respond(Answer(200, status_of(found, now), ""))
