"""`POST /{version}/{pixel}/events`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.sandbox.exchange import Answer, Entry, Exchange, Refused, fingerprint, refuse_all
from apps.sandbox.facebook import browser, errors, shape, usage, wire, words
from apps.sandbox.facebook.access import VERSIONS, NotAdmitted, admit
from apps.sandbox.facebook.contract import data_problem, first_breach
from apps.sandbox.models import State
from apps.sandbox.spine import receive
from apps.sandbox.world import World

SEEN_BEFORE = "same event_name and event_id within 48 hours"
SEEN_IN_STORE = "same event_time, event_name, item and order (or person) in a store within 7 days"
BEFORE_LEAD = "received and dropped: it happened before its lead came in"


class Events(Exchange):
    """One events call: refused as a whole or accepted as a whole, except for what Facebook had already seen."""

    network = "facebook"
    memory = browser.MEMORY

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, version: str, pixel: str) -> None:
        super().__init__(http, world, now)
        self.version = version
        self.pixel = self.account = pixel
        self.headers = usage.headers(world.facebook, version, pixel)

    def judge(self) -> list[Entry]:
        """Return the events as entries; the first breach refuses all of them."""
        if self.version not in VERSIONS:
            raise self._refused(errors.UNKNOWN_VERSION, version=self.version)
        try:
            params = wire.read(self.http)
        except wire.BadJson:
            raise self._refused(errors.BAD_JSON) from None
        self._check_token(params)
        self.extras = {"version": self.version, **params.others}
        found = data_problem(params.data)
        events: list[object] = params.data if isinstance(params.data, list) else []
        entries = [self._entry(event) for event in events]
        if found is not None:
            refuse_all(entries, {}, errors.in_words(found[0], **found[1]))
            raise self._refused(found[0], entries, **found[1])
        breach = first_breach(events, now=self.now, strict=self.world.facebook.profile == "strict")
        if breach is not None:
            reason = errors.in_words(breach.error, **breach.details)
            refuse_all(entries, {breach.index: reason}, f"the whole call was refused because of event {breach.index}")
            raise self._refused(breach.error, entries, **breach.details)
        if all(_in_store(event) for event in events):
            # A call that mixes stores with other sources keeps the shorter memory.
            self.memory = timedelta(days=7)
        self._drop_before_lead(entries)
        browser.recognise(entries, self.pixel, self.now)
        return entries

    def _drop_before_lead(self, entries: Sequence[Entry]) -> None:
        """Conversion Leads: what happened before the lead is counted as received, and used for nothing."""
        world = self.world.facebook
        if not world.leads or world.profile != "strict":
            return
        for entry in entries:
            event = cast("dict[str, Any]", entry.body)
            lead = world.lead_by_id.get(str(event["user_data"].get("lead_id")))
            if lead and shape.is_lead_event(event) and event["event_time"] < int(lead.created_time.timestamp()):
                entry.state, entry.reason = State.REFUSED, BEFORE_LEAD

    def answer(self, entries: Sequence[Entry]) -> Answer:
        """Return the counting answer; a duplicate is received too, it only counts once."""
        trace = errors.trace_id()
        body = {"events_received": len(entries), "messages": [], "fbtrace_id": trace}
        return Answer(200, body, trace, self.headers)

    def _check_token(self, params: wire.Params) -> None:
        world = self.world.facebook
        try:
            token = admit(world, params, self.now)
        except NotAdmitted as refusal:
            raise self._refused(refusal.error) from None
        pixel = world.pixel_by_id.get(self.pixel)
        if pixel is None or not set(pixel.ad_accounts) & set(token.ad_accounts):
            raise self._refused(errors.UNKNOWN_OBJECT, id=self.pixel, method="post")

    def _entry(self, event: object) -> Entry:
        given = event if isinstance(event, dict) else {}
        name, key = str(given.get("event_name", "")), given.get("event_id")
        marks = ((browser.server_mark(self.pixel, name, str(key)), SEEN_BEFORE),) if key else ()
        if _in_store(event):
            marks = ((fingerprint(self.network, self.pixel, name, _of_the_sale(given)), SEEN_IN_STORE),)
        return Entry(account=self.pixel, key=str(key or ""), name=name, body=event, fingerprints=marks)

    def _refused(self, error: errors.GraphError, entries: Sequence[Entry] = (), **details: object) -> Refused:
        said = words.translated(error, self.world.facebook.locale)
        answer = errors.refusal(said, self.headers, **details)
        return Refused(answer, errors.in_words(error, **details), entries)


def _in_store(event: object) -> bool:
    return isinstance(event, dict) and event.get("action_source") == "physical_store"


def _of_the_sale(event: dict[str, Any]) -> str:
    """What makes two events of a store the same: time, item, and the order, or else the person."""
    custom = event.get("custom_data")
    given = custom if isinstance(custom, dict) else {}
    who = given.get("order_id") or event.get("user_data")
    return orjson.dumps(
        ["store", event.get("event_time"), given.get("item_number"), who], option=orjson.OPT_SORT_KEYS
    ).decode()


@require_POST
def events(request: HttpRequest, version: str, pixel: str) -> HttpResponse:
    """Receive events for a pixel."""
    return receive(Events, request, version=version, pixel=pixel)
