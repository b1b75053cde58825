"""Leads of Facebook's instant forms: told by webhook, fetched, caught up with (B09). Lead ids are text from end to end.

What belongs to a page is asked with the page's own token, which is read anew each time, so that it follows the sign-in.

Sources: developers.facebook.com/docs/graph-api/webhooks/getting-started (the challenge; X-Hub-Signature-256),
.../docs/graph-api/webhooks/getting-started/webhooks-for-leadgen, .../docs/marketing-api/guides/lead-ads/retrieving
(fields of a lead, filtering by time, test leads) and .../guides/lead-ads/create (names of the prefilled questions).
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.ads.answers import parsed, part, parts, text
from apps.ads.leads import Lead, Leads, LeadSource, Notice
from apps.ads.networks.facebook.client import get, post
from apps.ads.networks.facebook.graph import Row, answer, listed, moment
from apps.ads.sign_in import App
from apps.ads.wire import Inquiry, Refused, Target, unreadable
from apps.domain.outcome import Outcome, Verdict
from apps.domain.reasons import Who

TOPIC = "leadgen"
_FIELDS = "id,created_time,field_data,form_id,campaign_id,custom_disclaimer_responses"
_SIGNATURE = "x-hub-signature-256"

# Facebook's prefilled questions -> contact properties, the first that was answered; the rest stays among the others.
ANSWERS: Mapping[str, str] = {
    "email": "email",
    "work_email": "email",
    "first_name": "firstname",
    "last_name": "lastname",
    "phone_number": "phone",
    "phone": "phone",
    "work_phone_number": "phone",
    "street_address": "address",
    "city": "city",
    "state": "state",
    "province": "state",
    "zip_code": "zip",
    "zip": "zip",
    "post_code": "zip",
    "country": "country",
    "company_name": "company",
    "job_title": "jobtitle",
    "date_of_birth": "date_of_birth",
    "gender": "gender",
    "website": "website",
}
_FULL_NAME = "full_name"


@dataclass(frozen=True, slots=True)
class Form:
    """An instant form."""

    id: str
    name: str


def challenge(query: Mapping[str, str], secret: str, verify_token: str) -> bytes | None:
    """The challenge to repeat, when Facebook asks with the verify token that it was given; else None."""
    told = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(told.encode(), verify_token.encode()):
        return None
    return query.get("hub.challenge", "").encode()


def verified(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether Facebook signed the raw bytes: HMAC-SHA256 with the app's secret, in hex after `sha256=`."""
    signed = "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
    return hmac.compare_digest(headers.get(_SIGNATURE, "").encode(), signed.encode())


def notices(body: bytes) -> Sequence[Notice]:
    """The leads that a delivery tells of: it holds several pages, and of each several changes.

    Changes of other kinds are left out. Raises ValueError for a body that is no delivery about pages.
    """
    told = parsed(body)
    if told.get("object") != "page" or not isinstance(told.get("entry"), list):
        raise ValueError("The body is not a delivery about pages.")
    return [
        notice
        for entry in parts(told, "entry")
        for change in parts(entry, "changes")
        if change.get("field") == TOPIC and (notice := _notice(part(change, "value"), entry)) is not None
    ]


def sources(target: Target) -> Inquiry[Sequence[LeadSource]]:
    """The pages that the sign-in was given. Raises Refused."""
    return (yield from listed(target, "me/accounts", _page_of, {"fields": "id,name"}))


def register(base: str, app: App, address: str, verify_token: str) -> Inquiry[None]:
    """Have Facebook send what pages tell to `address`, which it checks with the verify token. Raises Refused."""
    as_app = Target(base, "", {"access_token": f"{app.id}|{app.secret}"})
    asked = {"object": "page", "callback_url": address, "verify_token": verify_token, "fields": TOPIC}
    answer((yield post(as_app, f"{app.id}/subscriptions", asked)))


def subscribe(target: Target, source: LeadSource, address: str) -> Inquiry[None]:
    """Let the page tell our app of its leads; where to, stands in the app's own settings. Raises Refused."""
    page = yield from _as_page(target, source)
    answer((yield post(page, f"{source.external_id}/subscribed_apps", {"subscribed_fields": TOPIC})))


def fetch(target: Target, source: LeadSource, lead_id: str) -> Inquiry[Lead]:
    """One lead, with the name of its form and whether it is a test. Raises Refused."""
    row = answer((yield get(target, lead_id, {"fields": _FIELDS})))
    form = text(row.get("form_id"))
    if not form:
        return _lead(row, Form("", ""), frozenset())
    named = answer((yield get(target, form, {"fields": "id,name"})))
    tests = yield from _tests(target, form)
    return _lead(row, Form(form, text(named.get("name"))), tests)


def since(target: Target, source: LeadSource, start: datetime) -> Inquiry[Sequence[Lead]]:
    """The leads of all the page's forms from a moment on, oldest first, each once as it stands now. Raises Refused."""
    page = yield from _as_page(target, source)
    forms = yield from listed(page, f"{source.external_id}/leadgen_forms", _form_of, {"fields": "id,name"})
    found: dict[str, Lead] = {}
    for form in forms:
        from_then = {"field": "time_created", "operator": "GREATER_THAN_OR_EQUAL", "value": int(start.timestamp())}
        asked = {"fields": _FIELDS, "filtering": json.dumps([from_then])}
        rows = yield from listed(target, f"{form.id}/leads", lambda row: row, asked)
        tests = (yield from _tests(target, form.id)) if rows else frozenset[str]()
        found |= {lead.lead_id: lead for lead in (_lead(row, form, tests) for row in rows)}
    return sorted(found.values(), key=lambda lead: (lead.created_at, lead.lead_id))


def _as_page(target: Target, source: LeadSource) -> Inquiry[Target]:
    page = answer((yield get(target, source.external_id, {"fields": "access_token"})))
    token = text(page.get("access_token"))
    if not token:
        raise Refused(Outcome(Verdict.HOLD, "no_page_token", Who.ADMIN))
    return replace(target, credentials={**target.credentials, "access_token": token})


def _tests(target: Target, form_id: str) -> Inquiry[frozenset[str]]:
    """The ids of the form's test leads, which are listed among its leads as well and not marked there."""
    ids = yield from listed(target, f"{form_id}/test_leads", lambda row: text(row.get("id")), {"fields": "id"})
    return frozenset(ids)


def _notice(value: Row, entry: Row) -> Notice | None:
    lead_id = text(value.get("leadgen_id"))
    if not lead_id.isdecimal():
        return None
    return Notice(
        lead_id=lead_id,
        source_id=text(value.get("page_id")) or text(entry.get("id")),
        form_id=text(value.get("form_id")),
        at=moment(value.get("created_time")),
    )


def _page_of(row: Row) -> LeadSource:
    return LeadSource(text(row.get("id")), text(row.get("name")))


def _form_of(row: Row) -> Form:
    return Form(text(row.get("id")), text(row.get("name")))


def _lead(row: Row, form: Form, tests: frozenset[str]) -> Lead:
    lead_id, created_at = text(row.get("id")), moment(row.get("created_time"))
    if not lead_id or created_at is None:
        raise unreadable()
    said = dict(_said(row))
    answers = _answers(said)
    return Lead(
        lead_id=lead_id,
        created_at=created_at,
        form_id=form.id,
        form_name=form.name,
        answers={name: value for name, (_, value) in answers.items()},
        others={name: said[name] for name in said.keys() - {question for question, _ in answers.values()}},
        consents={text(each.get("checkbox_key")): _ticked(each) for each in parts(row, "custom_disclaimer_responses")},
        campaign_id=text(row.get("campaign_id")),
        is_test=lead_id in tests,
    )


def _said(row: Row) -> Iterator[tuple[str, str]]:
    for question in parts(row, "field_data"):
        values = question.get("values")
        given = [each.strip() for each in map(text, values if isinstance(values, list) else []) if each.strip()]
        if (name := text(question.get("name"))) and given:
            yield name, ", ".join(given)


def _answers(said: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By contact property, the question that filled it and the answer.

    A full name is divided at its first space, where no first or last name was asked for.
    """
    answers: dict[str, tuple[str, str]] = {}
    for question, name in ANSWERS.items():
        if question in said:
            answers.setdefault(name, (question, said[question]))
    if _FULL_NAME in said and not {"firstname", "lastname"} & answers.keys():
        first, _, last = said[_FULL_NAME].partition(" ")
        named = {"firstname": first, "lastname": last.strip()}
        answers |= {name: (_FULL_NAME, value) for name, value in named.items() if value}
    return answers


def _ticked(response: Row) -> bool:
    """Facebook writes "1" for a box that was ticked, and nothing for one that was not."""
    return text(response.get("is_checked")) == "1" or response.get("is_checked") is True


LEADS = Leads(
    challenge=challenge,
    verified=verified,
    notices=notices,
    sources=sources,
    subscribe=subscribe,
    fetch=fetch,
    since=since,
    register=register,
)
