"""The calls to the Google Ads API: `POST .../customers/{id}:uploadClickConversions` and what is beside it."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from apps.sandbox.exchange import Answer, Entry, Refused
from apps.sandbox.google import errors, forced, messages, mutations, search
from apps.sandbox.google.door import AdsCall, Resource, body_of
from apps.sandbox.google.errors import Code, Failure, Path
from apps.sandbox.google.rows import Row, Scene
from apps.sandbox.google.services import ADJUSTMENTS, CLICKS, Service
from apps.sandbox.models import State
from apps.sandbox.spine import receive
from apps.sandbox.world import World
from apps.sandbox.worlds.google import Customer, Token

LIMIT = 2000
JOB_IDS = range(1, 2**31)
SERVER_JOB_IDS = range(2**31, 2**63)


class Upload(AdsCall):
    """One upload call: refused as a whole, or every row on its own."""

    service: Service
    job_id: str

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, version: str, customer: str) -> None:
        super().__init__(http, world, now, version=version, customer=customer)
        # The rows as they were sent, the same in snake_case, and what is wrong with them by index.
        self.sent: list[object] = []
        self.rows: list[Row] = []
        self.failures: dict[int, Failure] = {}

    def judge(self) -> list[Entry]:
        """Return the rows as entries; a row that is at fault is refused and costs its neighbours nothing."""
        token = self.sign_in()
        call = self._read()
        others = {name: value for name, value in call.items() if name != self.service.field}
        self.extras |= {"version": self.version, "service": self.service.field, **others}
        scene = Scene(self.world.google, self._customer(token), self.now, self.service.kind)
        self._check_call(call)
        self.rehearsal = bool(call.get("validate_only"))
        self.job_id = str(call.get("job_id") or secrets.choice(SERVER_JOB_IDS))
        repeats = self.service.same_in_call(self.rows)
        return [self._entry(scene, index, row, repeats.get(index)) for index, row in enumerate(self.rows)]

    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return positional results, empty for a row that failed, and all failures in one detail."""
        request = errors.request_id()
        for index, entry in enumerate(entries):
            if entry.state is not State.ACCEPTED and index not in self.failures:
                code = self.service.kind, entry.reason
                self.failures[index] = self._failure(index, code, ((self.service.duplicate_field(entry.reason), None),))
                entry.reason = self.failures[index].reason
        body: dict[str, object] = {}
        if self.failures:
            failures = [self.failures[index] for index in sorted(self.failures)]
            body["partialFailureError"] = errors.partial_failure(failures, version=self.version, request=request)
        if not self.rehearsal:
            body["results"] = [
                {} if index in self.failures else self.service.result(row) for index, row in enumerate(self.rows)
            ]
            body["jobId"] = self.job_id
        return Answer(200, body, request, {"request-id": request})

    def _read(self) -> Row:
        body = body_of(self.http)
        message, field = self.service.message, self.service.field
        call, problems = messages.read(message, body)
        given = body.items() if isinstance(body, dict) else ()
        sent = next((value for name, value in given if message.names.get(name) == field), None)
        self.sent = sent if isinstance(sent, list) else []
        if problems:
            reason = problems[0][1]
            raise Refused(errors.bad_json(problems), reason, self.lost(reason))
        self.rows = cast("list[Row]", call.get(field, []))
        return call

    def _customer(self, token: Token) -> Customer:
        customer = self.customer(token)
        # Cross-account conversion tracking makes a manager the address of its clients' uploads.
        tracks = any(each.tracked_by == customer.id for each in self.world.google.customers if each is not customer)
        if customer.manager and not tracks:
            raise self.refused(errors.MANAGER)
        newcomer = not (customer.allow_listed and self.project.allow_listed)
        if newcomer and not self.service.for_newcomers:
            raise self.refused(errors.NOT_ALLOW_LISTED, status=403)
        return customer

    def _check_call(self, call: Row) -> None:
        field, job_id = self.service.field, call.get("job_id")
        for refused, code, name in (
            (call.get("partial_failure") is not True, errors.PARTIAL_FAILURE_REQUIRED, "partial_failure"),
            (job_id is not None and job_id not in JOB_IDS, (self.service.kind, "INVALID_JOB_ID"), "job_id"),
            (not self.rows, errors.REQUIRED_LIST, field),
            (len(self.rows) > LIMIT, (self.service.kind, self.service.too_many), field),
        ):
            if refused:
                raise self.refused(code, path=((name, None),))

    def _entry(self, scene: Scene, index: int, row: Row, repeat: tuple[str, str] | None) -> Entry:
        action_id = str(row.get("conversion_action", "")).rpartition("/")[2]
        action = scene.world.action_by_id.get((scene.customer.id, action_id))
        pair = row.get("gclid_date_time_pair", {})
        key = (
            row.get("order_id") or row.get("gclid") or row.get("gbraid") or row.get("wbraid") or pair.get("gclid") or ""
        )
        entry = Entry(account=self.account, key=key, name=action.name if action else action_id, body=self.sent[index])
        place = ((self.service.field, index),)
        failure = forced.failure(scene.world, row, scene.kind, place, self.now)
        found = None if failure else self.service.check(scene, row)
        if not failure and not found and repeat is not None:
            found = scene.code(repeat[0]), ((repeat[1], None),)
        failure = self._failure(index, *found) if found else failure
        if failure is None:
            entry.fingerprints, entry.requires = self.service.marks(scene, row), self.service.requires(scene, row)
        else:
            self.failures[index] = failure
            entry.state, entry.reason = State.REFUSED, failure.reason
        return entry

    def _failure(self, index: int, code: Code, path: Path) -> Failure:
        return Failure(code, ((self.service.field, index), *path))

    def lost(self, reason: str) -> list[Entry]:
        """Return the rows as refused."""
        return [Entry(self.account, "", "", body, State.REFUSED, reason) for body in self.sent]


class ClickUpload(Upload):
    """Click conversions."""

    service = CLICKS


class AdjustmentUpload(Upload):
    """Conversion adjustments."""

    service = ADJUSTMENTS


RESOURCE_METHODS: dict[str, type[Resource]] = {
    "googleAds:search": search.Search,
    "googleAds:searchStream": search.SearchStream,
    "conversionActions:mutate": mutations.Actions,
    "customerConversionGoals:mutate": mutations.Goals,
}
UPLOADS = {"uploadClickConversions": ClickUpload, "uploadConversionAdjustments": AdjustmentUpload}


@require_POST
def upload(request: HttpRequest, version: str, customer: str, method: str) -> HttpResponse:
    """Receive an upload for a customer; a method we do not know is 404, as at Google's front end."""
    kind = UPLOADS.get(method)
    if kind is None:
        return HttpResponse(status=404)
    return receive(kind, request, version=version, customer=customer)


@require_GET
def accessible(request: HttpRequest, version: str) -> HttpResponse:
    """List the customers that the user has a role on."""
    return receive(search.Accessible, request, version=version)


@require_POST
def on_resource(request: HttpRequest, version: str, customer: str, method: str) -> HttpResponse:
    """Search or change what a customer has; a method we do not know is 404."""
    kind = RESOURCE_METHODS.get(method)
    if kind is None:
        return HttpResponse(status=404)
    return receive(kind, request, version=version, customer=customer)
