"""The sandbox's own buttons for LinkedIn's leads: fill a form in, delete a lead, challenge the subscribers now."""

import secrets
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST

from apps.sandbox.jsonview import body_of, speaks_json
from apps.sandbox.linkedin import webhooks
from apps.sandbox.linkedin.door import change, life_of
from apps.sandbox.linkedin.oauth import revoked
from apps.sandbox.render import rendered
from apps.sandbox.structure import BadStructure, build
from apps.sandbox.world import current
from apps.sandbox.worlds.linkedin import Given, Lead

MOST_DELIVERIES = 10
_TEST_ANSWERS = (
    Given("firstName", "Test"),
    Given("lastName", "Lead"),
    Given("emailAddress", "test@linkedin.com"),
)


@dataclass(frozen=True)
class Filled:
    """A form filled in. `deliveries`: how often each subscriber hears of it."""

    form: str = ""
    answers: tuple[Given, ...] = _TEST_ANSWERS
    campaign: str = ""
    test: bool = True
    deliveries: int = 1


@require_http_methods(["GET", "POST"])
def lead_page(request: HttpRequest) -> HttpResponse:
    """The page with the button; POST presses it."""
    if request.method == "POST":
        _fill(Filled(form=request.POST.get("form", "")))
        return HttpResponseRedirect(request.path)
    context = {"forms": current()[0].linkedin.forms, "leads": current()[0].linkedin.leads[-20:]}
    return rendered(request, "linkedin_leads.html", context)


@require_POST
@speaks_json
def fill_in(request: HttpRequest) -> object:
    """Fill a form in with `{"form", "answers", "campaign", "test", "deliveries"}`."""
    return _fill(build(Filled, body_of(request)))


@require_http_methods(["DELETE"])
@speaks_json
def delete(request: HttpRequest, number: str) -> object:
    """Delete a lead, as a member may, and tell the subscribers, `deliveries` times."""
    text = request.GET.get("deliveries", "1")
    times = int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else 0
    _check_deliveries(times)
    world, now = current()
    lead = next((each for each in world.linkedin.leads if each.id == number), None)
    if lead is None:
        raise BadStructure("lead", "is not known")
    changed = change(lambda old: replace(old, leads=tuple(each for each in old.leads if each.id != number)))
    return {"deliveries": webhooks.tell(changed, lead, "DELETED", now, times=times)}


@require_POST
@speaks_json
def challenge(request: HttpRequest) -> object:
    """Challenge every subscriber now instead of after two hours."""
    world, now = current()
    checked = [webhooks.challenge(world.linkedin, each, now) for each in world.linkedin.webhooks]
    return {"webhooks": [{"id": each.id, "failures": each.failures} for each in checked]}


def _fill(filled: Filled) -> dict[str, object]:
    world, now = current()
    form = next((each for each in world.linkedin.forms if filled.form in ("", each.id)), None)
    if form is None:
        raise BadStructure("form", "is not known")
    _check_deliveries(filled.deliveries)
    lead = Lead(
        id=f"{secrets.token_hex(8)}-{secrets.randbelow(10)}",
        account=form.account,
        form=form.id,
        submitted_at=now,
        answers=filled.answers,
        campaign=filled.campaign,
        test=filled.test,
    )
    changed = change(lambda old: replace(old, leads=(*old.leads, lead)))
    told = webhooks.tell(changed, lead, "CREATED", now, times=filled.deliveries)
    return {"lead": lead.id, "deliveries": told}


def _check_deliveries(times: int) -> None:
    if not 1 <= times <= MOST_DELIVERIES:
        raise BadStructure("deliveries", f"must be 1 to {MOST_DELIVERIES}")


@require_http_methods(["GET", "POST"])
def token_page(request: HttpRequest) -> HttpResponse:
    """The tokens there are, each with a button by which its member takes it back."""
    world, now = current()
    if request.method == "POST":
        place = request.POST.get("place", "")
        known = world.linkedin.tokens
        if not place.isascii() or not place.isdecimal() or not int(place[:9]) < len(known):
            return HttpResponse("There is no such token.", status=400, content_type="text/plain; charset=UTF-8")
        gone = known[int(place)]
        change(lambda old: revoked(old, gone))
        return HttpResponseRedirect(request.path)
    shown = [
        {"start": token.token[:6], "app": token.client_id, "life": life_of(token, now), "ends": token.expires_at}
        for token in world.linkedin.tokens
    ]
    return rendered(request, "linkedin_tokens.html", {"tokens": shown})
