"""The calls to LinkedIn: `POST /rest/conversionEvents`, one event or a batch, and what stands beside it."""

from collections.abc import Sequence
from typing import cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.sandbox.exchange import Answer, Entry, Refused, fingerprint, refuse_all
from apps.sandbox.linkedin import contract, errors
from apps.sandbox.linkedin.contract import Breach, Element
from apps.sandbox.linkedin.door import Rest
from apps.sandbox.models import Request, State
from apps.sandbox.spine import receive

BATCH = "BATCH_CREATE"
METHODS = ("", "CREATE", BATCH)
UNATTRIBUTED = "accepted, but its rule is disabled: nothing will be attributed"
FOLDED = "same eventId for the same rule"
TWIN = "the Insight Tag reported the same eventId: LinkedIn counts the browser's event and drops this one"


class ConversionEvents(Rest):
    """One conversionEvents call: accepted or refused as a whole."""

    scopes = ("rw_conversions",)
    batch = False

    def judge(self) -> list[Entry]:
        """Return the elements as entries; any breach refuses all of them."""
        token = self.sign_in()
        version = self._check_headers()
        self._check_cap()
        self.batch = self._method() == BATCH
        elements = self._read()
        self.extras = {"version": version, "method": BATCH if self.batch else "CREATE"}
        entries = [self._entry(element) for element in elements]
        if len(elements) > contract.LIMIT:
            raise self._refused(
                Breach(400, f"A batch holds at most {contract.LIMIT} elements, not {len(elements)}."), entries
            )
        breach = contract.structure(elements, version=version, batch=self.batch)
        if breach is None:
            events = cast("Sequence[Element]", elements)
            breach = contract.rules(events, world=self.world.linkedin, token=token) or contract.times(
                events, now=self.now
            )
        if breach is not None:
            raise self._refused(breach, entries)
        for entry, element in zip(entries, elements, strict=True):
            self._mark(entry, cast("Element", element))
        return entries

    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return 201 for one, a status per element for a batch; an element that was folded looks like any other."""
        return errors.batch_created(len(entries)) if self.batch else errors.created()

    def _check_headers(self) -> str:
        version = self.version()
        if self.http.content_type != "application/json":
            raise self._refused(Breach(415, "The body must be application/json."))
        if self._method() not in METHODS:
            raise self._refused(
                Breach(400, f"X-RestLi-Method must be {BATCH} for a batch and CREATE or absent for one event.")
            )
        return version

    def _check_cap(self) -> None:
        cap = self.world.linkedin.daily_cap
        if cap is None:
            return
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        calls = Request.objects.filter(network=self.network, received_at__gte=midnight, conversions__gt=0).count()
        if calls >= cap:
            raise Refused(errors.outage(429, version="", retry_after=None), "429: the day's calls are used up")

    def _method(self) -> str:
        return self.http.headers.get("X-RestLi-Method", "").upper()

    def _read(self) -> list[object]:
        try:
            body = orjson.loads(self.http.body)
        except orjson.JSONDecodeError:
            raise self._refused(Breach(400, "Could not parse the body as JSON.")) from None
        if not self.batch:
            return [body]
        elements = body.get("elements") if isinstance(body, dict) else None
        if not isinstance(elements, list) or not elements:
            raise self._refused(Breach(400, "A batch needs elements, a list of at least one event."))
        return elements

    def _entry(self, element: object) -> Entry:
        given = element if isinstance(element, dict) else {}
        rule_id = str(given.get("conversion", "")).rpartition(":")[2]
        rule = self.world.linkedin.rule_by_id.get(rule_id)
        return Entry(
            account=rule.account if rule else self.account,
            key=str(given.get("eventId") or ""),
            name=rule.name if rule else rule_id,
            body=element,
        )

    def _mark(self, entry: Entry, element: Element) -> None:
        rule = self.world.linkedin.rule_by_id[contract.rule_id(element)]
        if not rule.enabled:
            entry.reason = UNATTRIBUTED
        if (rule.account, entry.key) in self.world.linkedin.tagged:
            entry.state, entry.reason = State.DUPLICATE, TWIN
        elif entry.key and self.world.linkedin.fold_twins:
            entry.fingerprints = ((fingerprint(self.network, rule.id, entry.key), FOLDED),)

    def _refused(self, breach: Breach, entries: Sequence[Entry] = ()) -> Refused:
        where = f"because of element {min(breach.guilty)}" if breach.guilty else f"({breach.message.strip()})"
        refuse_all(entries, breach.guilty, f"the whole call was refused {where}")
        answer = errors.refusal(breach.status, breach.message, code=breach.code)
        return Refused(answer, f"{breach.status}: {breach.message.strip()}", entries)


@require_POST
def conversion_events(request: HttpRequest) -> HttpResponse:
    """Receive one conversion event, or a batch of them."""
    return receive(ConversionEvents, request)
