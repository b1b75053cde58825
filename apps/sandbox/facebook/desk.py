"""The sandbox's own buttons for Facebook's leads: fill a form in, and deliver leads again or late."""

import threading
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.sandbox.facebook import browser, webhooks
from apps.sandbox.facebook.leads import TEST_ANSWERS, kept, new_id
from apps.sandbox.jsonview import body_of, speaks_json
from apps.sandbox.render import rendered
from apps.sandbox.structure import BadStructure, build
from apps.sandbox.world import current
from apps.sandbox.worlds.facebook import Given, Lead, Ticked

LONGEST_DELAY = 600
MOST_LEADS, MOST_DELIVERIES = 100, 10


@dataclass(frozen=True)
class Filled:
    """A form filled in by `leads` people at once, whose leads come in one delivery.

    Without an ad the leads are organic. The delivery comes `deliveries` times, after `delay_seconds`; with `silent` it
    gets lost, and only reading the form's leads finds them.
    """

    form: str = ""
    answers: tuple[Given, ...] = TEST_ANSWERS
    disclaimers: tuple[Ticked, ...] = ()
    ad: str = "120000000000001"
    adset: str = "120000000000002"
    campaign: str = "120000000000003"
    test: bool = False
    leads: int = 1
    deliveries: int = 1
    delay_seconds: int = 0
    silent: bool = False


@dataclass(frozen=True)
class Again:
    """Leads to deliver, in one call with a change for each."""

    leads: tuple[str, ...]
    deliveries: int = 1


@require_http_methods(["GET", "POST"])
def lead_page(request: HttpRequest) -> HttpResponse:
    """The page with the button; POST presses it."""
    if request.method == "POST":
        return _press(request)
    facebook = current()[0].facebook
    context = {"forms": facebook.forms, "leads": facebook.leads[-20:], "subscriptions": facebook.subscriptions}
    return rendered(request, "facebook_leads.html", context)


def _press(request: HttpRequest) -> HttpResponse:
    numbers = {name: _number(request.POST.get(name, "")) for name in ("leads", "deliveries", "delay_seconds")}
    given = {name: value for name, value in numbers.items() if value is not None}
    try:
        _fill(build(Filled, {"form": request.POST.get("form", ""), "test": True, **given}))
    except BadStructure as fault:
        return HttpResponse(str(fault), status=400, content_type="text/plain; charset=UTF-8")
    return HttpResponseRedirect(request.path)


@require_POST
@speaks_json
def fill_in(request: HttpRequest) -> object:
    """Fill a form in, with the fields of `Filled`."""
    return _fill(build(Filled, body_of(request)))


@require_POST
@speaks_json
def deliver(request: HttpRequest) -> object:
    """Deliver leads that came in before, with `{"leads": [ids], "deliveries": n}`."""
    again, (world, now) = build(Again, body_of(request)), current()
    _within("deliveries", again.deliveries, 1, MOST_DELIVERIES)
    leads = [world.facebook.lead_by_id.get(number) for number in again.leads]
    known = [lead for lead in leads if lead is not None]
    if len(known) != len(leads):
        raise BadStructure("leads", "names one that is not known")
    return {"deliveries": webhooks.tell(world.facebook, known, now, times=again.deliveries)}


@require_POST
@speaks_json
def fire(request: HttpRequest) -> object:
    """Let the pixel in a browser report an event, with the fields of `browser.Fired`."""
    now = current()[1]
    return {"result": browser.fire(build(browser.Fired, body_of(request)), now)}


def _fill(filled: Filled) -> dict[str, object]:
    world, now = current()
    form = next((each for each in world.facebook.forms if filled.form in ("", each.id)), None)
    if form is None:
        raise BadStructure("form", "is not known")
    _within("leads", filled.leads, 1, MOST_LEADS)
    _within("deliveries", filled.deliveries, 1, MOST_DELIVERIES)
    _within("delay_seconds", filled.delay_seconds, 0, LONGEST_DELAY)
    of_ad = {"ad": filled.ad, "adset": filled.adset, "campaign": filled.campaign} if filled.ad else {}
    leads = [
        Lead(
            id=new_id(),
            created_time=now,
            form=form.id,
            answers=filled.answers,
            disclaimers=filled.disclaimers,
            test=filled.test,
            **of_ad,
        )
        for _ in range(filled.leads)
    ]
    changed, told = kept(*leads), []
    if filled.delay_seconds and not filled.silent:
        later = threading.Timer(
            filled.delay_seconds, webhooks.tell, (changed, leads, now), {"times": filled.deliveries}
        )
        later.daemon = True
        later.start()
    elif not filled.silent:
        told = webhooks.tell(changed, leads, now, times=filled.deliveries)
    return {"leads": [lead.id for lead in leads], "deliveries": told}


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadStructure(field, f"must be {least} to {most}")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else None
