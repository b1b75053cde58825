"""Lead sync: forms, what was filled in, and who wants to hear of it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from apps.sandbox.callback import stays_here
from apps.sandbox.exchange import Answer
from apps.sandbox.linkedin import errors, webhooks
from apps.sandbox.linkedin.accounts import Listing
from apps.sandbox.linkedin.door import Resource, change
from apps.sandbox.linkedin.paging import BadQuery
from apps.sandbox.linkedin.rules import CAMPAIGN_URN, Rules
from apps.sandbox.linkedin.webhooks import ACCOUNT_URN, FORM_URN
from apps.sandbox.world import World
from apps.sandbox.worlds.linkedin import Lead, Token, Webhook

LEAD_SCOPES = ("r_marketing_leadgen_automation",)
LEAD_TYPES = ("SPONSORED", "EVENT", "COMPANY", "ORGANIZATION_PRODUCT")
_OWNER = re.compile(rf"\(sponsoredAccount:{ACCOUNT_URN}([0-9]+)\)")
_RANGE = re.compile(r"\(start:([0-9]{1,15})(?:,end:([0-9]{1,15}))?\)")


class Owned(Listing):
    """A collection that is asked for by its owner."""

    scopes = LEAD_SCOPES
    finder = "owner"

    def owner(self, token: Token) -> str:
        """Return the id of the ad account that is asked for. Raises `BadQuery`, `Refused`."""
        found = _OWNER.fullmatch(self.http.GET.get("owner", ""))
        if found is None:
            raise BadQuery("owner must be (sponsoredAccount:<urn>)")
        self.may_see(token, found[1])
        return found[1]


class Forms(Owned):
    """`GET /rest/leadForms?q=owner`."""

    def items(self, token: Token) -> list[object]:
        """Return the account's forms."""
        owner = self.owner(token)
        return [
            {"id": int(form.id), "name": form.name, "owner": {"sponsoredAccount": f"{ACCOUNT_URN}{owner}"}}
            for form in self.world.linkedin.forms
            if form.account == owner
        ]


class Responses(Owned):
    """`GET /rest/leadFormResponses?q=owner`, by time and, if asked, test leads only."""

    def items(self, token: Token) -> list[object]:
        """Return what was filled in, the newest first."""
        owner = self.owner(token)
        if self.http.GET.get("leadType") != "(leadType:SPONSORED)":
            raise BadQuery("leadType must be (leadType:SPONSORED)")
        span = self.http.GET.get("submittedAtTimeRange", "(start:0)")
        found = _RANGE.fullmatch(span)
        if found is None:
            raise BadQuery("submittedAtTimeRange must be (start:<ms>,end:<ms>)")
        start, end = int(found[1]), int(found[2] or 10**15)
        tests_only = self.http.GET.get("limitedToTestLeads") == "true"
        leads = [
            lead
            for lead in self.world.linkedin.leads
            if lead.account == owner and start <= _ms(lead.submitted_at) < end and (lead.test or not tests_only)
        ]
        return [shown(lead) for lead in sorted(leads, key=lambda lead: lead.submitted_at, reverse=True)]


class OneResponse(Resource):
    """`GET /rest/leadFormResponses/{id}`."""

    scopes = LEAD_SCOPES

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, number: str) -> None:
        super().__init__(http, world, now)
        self.number = number

    def serve(self, token: Token, version: str) -> Answer:
        """Serve it."""
        lead = next((each for each in self.world.linkedin.leads if each.id == self.number), None)
        if lead is None or lead.account not in token.accounts:
            raise self.refuse(404, f"Lead form response {self.number} does not exist", code="NOT_FOUND")
        return errors.found(shown(lead))


class Notifications(Rules):
    """`/rest/leadNotifications`: POST subscribes an address that passes the challenge, DELETE ends that."""

    scopes = LEAD_SCOPES

    def __init__(self, http: HttpRequest, world: World, now: datetime, *, number: str = "") -> None:
        super().__init__(http, world, now)
        self.number = number

    def serve(self, token: Token, version: str) -> Answer:
        """Serve it."""
        return self._end(token) if self.http.method == "DELETE" else self._subscribe(token, self.read())

    def _subscribe(self, token: Token, body: Mapping[str, Any]) -> Answer:
        owner, url = body.get("owner"), body.get("webhook")
        account = owner.get("sponsoredAccount") if isinstance(owner, dict) else None
        if not isinstance(account, str) or not account.startswith(ACCOUNT_URN):
            raise self.refuse(422, f"ERROR :: /owner/sponsoredAccount :: must start with {ACCOUNT_URN}\n")
        if body.get("leadType") not in LEAD_TYPES:
            raise self.refuse(422, f"ERROR :: /leadType :: must be one of {', '.join(LEAD_TYPES)}\n")
        if not isinstance(url, str) or not stays_here(url):
            raise self.refuse(422, "ERROR :: /webhook :: must be an address on this machine\n")
        number = account.removeprefix(ACCOUNT_URN)
        self.may_change(token, number)
        webhook = Webhook(str(secrets.randbelow(10**9)), url, number, token.client_id, checked_at=self.now)
        if not webhooks.passes(url, webhooks.secret_of(self.world.linkedin, webhook)):
            raise self.refuse(400, "The webhook did not answer the challenge.", code="WEBHOOK_VALIDATION_FAILED")
        change(lambda old: replace(old, webhooks=(*old.webhooks, webhook)))
        return errors.made(f"/leadNotifications/{webhook.id}", webhook.id)

    def _end(self, token: Token) -> Answer:
        known = [each for each in self.world.linkedin.webhooks if each.id == self.number]
        if not known or known[0].account not in token.accounts:
            raise self.refuse(404, f"Lead notification {self.number} does not exist", code="NOT_FOUND")
        change(lambda old: replace(old, webhooks=tuple(each for each in old.webhooks if each.id != self.number)))
        return errors.done()


def shown(lead: Lead) -> dict[str, object]:
    """Return a lead as LinkedIn shows it."""
    return {
        "id": lead.id,
        "owner": {"sponsoredAccount": f"{ACCOUNT_URN}{lead.account}"},
        "leadType": "SPONSORED",
        "versionedLeadGenFormUrn": f"urn:li:versionedLeadGenForm:({FORM_URN}{lead.form},1)",
        "submittedAt": _ms(lead.submitted_at),
        "testLead": lead.test,
        "formResponse": {
            "answers": [
                {"name": each.question, "answerDetails": {"textQuestionAnswer": {"answer": each.value}}}
                for each in lead.answers
            ]
        },
        "leadMetadata": {"sponsoredLeadMetadata": {"campaign": f"{CAMPAIGN_URN}{lead.campaign}"}},
    }


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
