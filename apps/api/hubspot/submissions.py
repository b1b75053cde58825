"""/submissions/v3/integration/submit: a form sent in from a page (no key, any origin) or from a server (with a key).

The body is HubSpot's (developers.hubspot.com, legacy forms, submit data). Ours beside it, in `context`: referrer,
userAgent, orderId (the tag's transaction id), eventId (the pixel's eventID), and the cookies fbc, fbp and li_fat_id as
the page read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import ratelimit
from apps.api.forms import MOST_FIELDS, form_named
from apps.api.hubspot.views import HubSpotView
from apps.api.parsing import NumberText
from apps.api.problems import Problem, Shape
from apps.api.reading import a_flag, a_list, a_moment, a_page, a_text, an_address, an_object, wrong
from apps.api.views import MIB, visitor_address
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.pipeline.intake import Posted, submissions_receive
from apps.records.services import Refused
from apps.workspaces.models import Workspace

THANKS = "Thank you. Your answers have arrived."
CONSENT_GIVEN = "Freely given consent from contact"
_INTEREST = {
    "LEAD": "Legitimate interest – prospect/lead",
    "CUSTOMER": "Legitimate interest – existing customer",
    "OTHER": "Legitimate interest - other",
}
_COOKIES = ("fbc", "fbp", "li_fat_id")
_OURS = ("referrer", "userAgent", "orderId", "eventId", *_COOKIES)
# What HubSpot's own script sends of a visit and nothing here asks for.
_PASSED_OVER = ("hutk", "pageName", "pageId", "sfdcCampaignId", "goToWebinarWebinarKey")
_CONTEXT = ("pageUri", "ipAddress", *_OURS, *_PASSED_OVER)
_BODY = ("submittedAt", "fields", "context", "legalConsentOptions", "skipValidation")
# Our codes in HubSpot's words, which a page's script may act on.
_ERROR_TYPES = {
    "PROPERTY_DOESNT_EXIST": "FIELD_NOT_IN_FORM_DEFINITION",
    "BATCH_SIZE": "MAX_NUMBER_OF_SUBMITTED_VALUES_EXCEEDED",
    "TOO_LONG": "INPUT_TOO_LARGE",
}


def _error_body(problem: Problem) -> dict[str, Any]:
    errors = [
        {"message": f"Error in '{each.field}'. {each.message}", "errorType": _error_type(each)}
        for each in problem.faults
    ]
    return {
        "status": "error",
        "message": "The request is not valid" if errors else problem.detail,
        "correlationId": problem.correlation_id,
        "category": problem.kind.category,
        "errors": errors,
    }


def _error_type(fault: Fault) -> str:
    if fault.field == "fields.email" and fault.code == "INVALID_VALUE":
        return "INVALID_EMAIL"
    return _ERROR_TYPES.get(fault.code, fault.code)


@dataclass(frozen=True, slots=True)
class Visit:
    """What the connection itself tells of who sent the form in."""

    ip_address: str
    user_agent: str


class Submit(HubSpotView):
    """A form sent in from a server, with a key."""

    scopes = {"POST": "records.write"}
    body_limit = MIB
    shape = Shape("application/json", _error_body)

    def post(self, request: Request, portal_id: int, form_id: UUID) -> Response:
        """Keep it, make or change its contact, and notice it."""
        if self.portal_id() != portal_id:
            raise NotFound("There is no such form in this workspace.")
        form = form_named(form_id)
        posted = read_submission(request.data, visit=self.visit(), now=self.now)
        (outcome,) = submissions_receive(workspace_id=form.workspace_id, form=form, posted=[posted], at=self.now)
        if isinstance(outcome, Refused):
            raise InvalidInput(*(_in_fields(fault) for fault in outcome.faults))
        return Response({"inlineMessage": THANKS})

    def portal_id(self) -> int:
        """The portal that this request may write to."""
        return self.caller.portal_id

    def visit(self) -> Visit:
        """The connection is a server's, so it tells nothing of the visitor but what it passes along."""
        return Visit("", self.request.META.get("HTTP_USER_AGENT", "")[:1_000])


class PublicSubmit(Submit):
    """A form sent in from a page: anyone may, from any origin, at a visitor's pace."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ["post", "options"]

    @cached_property
    def _workspace(self) -> Workspace:
        workspace = Workspace.objects.filter(portal_id=self.kwargs["portal_id"]).first()
        if workspace is None:
            raise NotFound("There is no such form in this workspace.")
        return workspace

    def workspace(self) -> UUID:
        """The portal's."""
        return self._workspace.id

    def portal_id(self) -> int:
        """The address's own."""
        return self._workspace.portal_id

    def count(self) -> ratelimit.Standing | None:
        """By visitor and form; asking whether a page may post is free."""
        if self.request.method == "OPTIONS":
            return None
        who = f"{self._workspace.id}:{self.kwargs['form_id']}:{visitor_address(self.request)}"
        return ratelimit.count(ratelimit.PER_VISITOR, who=who, now=self.now)

    def visit(self) -> Visit:
        """The visitor's own address, when it is one of the open internet, and browser."""
        address = visitor_address(self.request)
        return Visit(address if _is_public(address) else "", super().visit().user_agent)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a browser's question first: it needs no workspace."""
        response = (
            HttpResponse(status=204) if request.method == "OPTIONS" else super().dispatch(request, *args, **kwargs)
        )
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
        response["Access-Control-Allow-Headers"] = "Content-Type"
        response["Access-Control-Max-Age"] = "86400"
        return response


def read_submission(value: Any, *, visit: Visit, now: datetime) -> Posted:
    """A form's body as the way in takes it. Raises InvalidInput naming what cannot be used."""
    body = an_object(value, "", _BODY)
    context = an_object(body.get("context") or {}, "context", _CONTEXT)
    for name in _PASSED_OVER:
        a_text(_as_text(context.get(name)), f"context.{name}", longest=1_000)
    a_flag(body.get("skipValidation"), "skipValidation")
    answers = _answers(body.get("fields"))
    consent = _legal_basis(body.get("legalConsentOptions"))
    if consent is not None:
        answers.setdefault("hs_legal_basis", consent)
    user_agent = a_text(context.get("userAgent"), "context.userAgent", longest=1_000)
    return Posted(
        answers=answers,
        submitted_at=now if body.get("submittedAt") is None else a_moment(body["submittedAt"], "submittedAt"),
        page_url=a_page(context.get("pageUri"), "context.pageUri"),
        referrer_url=a_page(context.get("referrer"), "context.referrer"),
        ip_address=an_address(context.get("ipAddress"), "context.ipAddress") or visit.ip_address,
        user_agent=user_agent if context.get("userAgent") is not None else visit.user_agent,
        order_id=a_text(_as_text(context.get("orderId")), "context.orderId", longest=64).strip(),
        event_id=a_text(_as_text(context.get("eventId")), "context.eventId", longest=64).strip(),
        cookies={
            name: text for name in _COOKIES if (text := a_text(context.get(name), f"context.{name}", longest=500))
        },
    )


def _answers(fields: Any) -> dict[str, str]:
    answers: dict[str, str] = {}
    for index, value in enumerate(a_list(fields, "fields", least=1, most=MOST_FIELDS)):
        at = f"fields.{index}"
        field = an_object(value, at, ("objectTypeId", "name", "value"))
        name = a_text(field.get("name"), f"{at}.name", longest=100, required=True)
        if field.get("objectTypeId") not in (None, "0-1"):
            raise wrong(f"fields.{name}", "INVALID_OBJECT_TYPE", "Only contact fields are taken: objectTypeId 0-1.")
        if name in answers:
            raise wrong(f"fields.{name}", "REPEATED_FIELD", "Send it once; join several choices with a semicolon.")
        answers[name] = a_text(_as_text(field.get("value")), f"fields.{name}", longest=65_536)
    return answers


def _as_text(value: Any) -> Any:
    """Numbers and choices as text; anything else as it is, to be refused."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | NumberText) else value


def _is_public(text: str) -> bool:
    try:
        return ip_address(text).is_global
    except ValueError:
        return False


def _legal_basis(value: Any) -> str | None:
    """What the consent options say of hs_legal_basis: its value, empty for a no, or None when they say nothing."""
    if value is None:
        return None
    at = "legalConsentOptions"
    options = an_object(value, at, ("consent", "legitimateInterest"))
    if options.get("consent") is not None:
        return _consent(options["consent"], f"{at}.consent")
    if options.get("legitimateInterest") is None:
        return None
    at = f"{at}.legitimateInterest"
    known = ("value", "subscriptionTypeId", "legalBasis", "text")
    interest: Mapping[str, Any] = an_object(options["legitimateInterest"], at, known)
    if not a_flag(interest.get("value"), f"{at}.value"):
        return ""
    basis = interest.get("legalBasis")
    if basis not in tuple(_INTEREST):
        raise wrong(f"{at}.legalBasis", "INVALID_LEGAL_OPTION_FORMAT", f"Use one of: {', '.join(_INTEREST)}.")
    return _INTEREST[basis]


def _consent(value: Any, at: str) -> str | None:
    consent = an_object(value, at, ("consentToProcess", "text", "communications"))
    said: list[bool] = []
    communications: Sequence[Any] = a_list(consent.get("communications"), f"{at}.communications", most=100)
    for index, each in enumerate(communications):
        here = f"{at}.communications.{index}"
        one = an_object(each, here, ("value", "subscriptionTypeId", "text"))
        said.append(a_flag(one.get("value"), f"{here}.value"))
    if consent.get("consentToProcess") is not None:
        said = [a_flag(consent["consentToProcess"], f"{at}.consentToProcess")]
    if not said:
        return None
    return CONSENT_GIVEN if any(said) else ""


def _in_fields(fault: Fault) -> Fault:
    return fault if fault.field == "submittedAt" else Fault(f"fields.{fault.field}", fault.code, fault.message)
