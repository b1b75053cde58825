"""LinkedIn's Lead Sync: the webhook's challenge and signature, its notices, and reading leads.

Sources, under learn.microsoft.com/linkedin: `shared/api-guide/webhook-validation` (challenge, signature) and
`marketing/lead-sync/leadsync` (notifications, responses, forms). Since 2026-03-16 only a webhook that keeps passing the
challenge hears of leads.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson

from apps.ads.answers import parsed, part, text, whole
from apps.ads.leads import Lead, Leads, LeadSource, Notice
from apps.ads.networks.linkedin.assets import SENDING_ROLES
from apps.ads.networks.linkedin.client import account_urn, encoded, get, number, write
from apps.ads.networks.linkedin.discover import accounts
from apps.ads.networks.linkedin.lead_forms import Json, lead_of
from apps.ads.networks.linkedin.rest import answered, by_start
from apps.ads.wire import Inquiry, Target, unreadable

LEAD_TYPE = "SPONSORED"
# LinkedIn documents this text before the signed body. A verification without it was seen elsewhere, so that the first
# live delivery has to prove it; taking both would double what a forger may guess, and is not done.
SIGNED_BEFORE = b"hmacsha256="
_FIELDS = (
    "id,submittedAt,testLead,owner,leadType,leadMetadata,leadMetadataInfo,versionedLeadGenFormUrn,formResponse,"
    "form:(hiddenFields,name,id,content)"
)
_ACTIONS: Mapping[str, bool] = {"CREATED": False, "DELETED": True}
# An epoch time below the first counts seconds: as milliseconds it lay in April 1970; above the second it is no time.
_SECONDS_BELOW, _NO_TIME_ABOVE = 10_000_000_000, 100_000_000_000_000


def challenge(query: Mapping[str, str], secret: str, verify_token: str) -> bytes | None:
    """LinkedIn's challenge answered: the code, and its HMAC-SHA256 by the app's secret; None when none is asked.

    Only a UUID is taken for a code: anything else would have us sign what a stranger chose.
    """
    code = query.get("challengeCode", "")
    try:
        UUID(code)
    except ValueError:
        return None
    return orjson.dumps({"challengeCode": code, "challengeResponse": _signed(code.encode(), secret)})


def verified(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether `x-li-signature` is LinkedIn's over the raw body, compared in constant time."""
    given = headers.get("x-li-signature", "").strip().lower()
    return hmac.compare_digest(given.encode(), _signed(SIGNED_BEFORE + body, secret).encode())


def notices(body: bytes) -> Sequence[Notice]:
    """What a delivery says. Deliveries repeat: lead id and action together tell a repeat.

    Raises ValueError for a body that tells of no lead, or of an action that is not known.
    """
    told = parsed(body)
    lead_id = number(text(told.get("leadGenFormResponse")))
    source_id = number(text(part(told, "owner").get("sponsoredAccount")))
    action = text(told.get("leadAction"))
    if text(told.get("type")) != "LEAD_ACTION" or not lead_id or not source_id or action not in _ACTIONS:
        raise ValueError("The body is no LEAD_ACTION of an ad account: it must name lead, owner and a known action.")
    form_id = number(text(told.get("leadGenForm")))
    return [Notice(lead_id, source_id, form_id, _ACTIONS[action], _moment(told.get("occurredAt")))]


def sources(target: Target) -> Inquiry[Sequence[LeadSource]]:
    """The ad accounts whose leads the member may receive. Raises Refused."""
    found = yield from accounts(target)
    return [LeadSource(each.external_id, each.name) for each in found if each.role in SENDING_ROLES]


def subscribe(target: Target, source: LeadSource, url: str) -> Inquiry[None]:
    """Ask for an account's leads at our address; LinkedIn challenges it before it answers. Raises Refused."""
    owner = {"sponsoredAccount": account_urn(source.external_id)}
    body = {"webhook": url, "owner": owner, "leadType": LEAD_TYPE}
    yield from answered(write(target, "POST", "leadNotifications", body))


def fetch(target: Target, source: LeadSource, lead_id: str) -> Inquiry[Lead]:
    """One lead, with the names of its form's questions. Raises Refused, for a lead that was deleted too."""
    path = f"leadFormResponses/{encoded(number(lead_id))}?fields={_FIELDS}"
    reply = yield from answered(get(target, path))
    (lead,) = yield from _leads(target, source, [parsed(reply.body)])
    return lead


def since(target: Target, source: LeadSource, start: datetime) -> Inquiry[Sequence[Lead]]:
    """The account's leads that were sent in from `start` on, test leads among them. Raises Refused."""
    span = f"(start:{round(start.timestamp() * 1000)})"
    path = (
        f"leadFormResponses?q=owner&owner={_owner(source)}&leadType=(leadType:{LEAD_TYPE})"
        f"&limitedToTestLeads=false&submittedAtTimeRange={span}&fields={_FIELDS}"
    )
    found: Sequence[Json] = yield from by_start(target, path, dict)
    return (yield from _leads(target, source, found))


def _leads(target: Target, source: LeadSource, found: Sequence[Json]) -> Inquiry[list[Lead]]:
    """Responses as leads; the forms are asked for once, and only where a response does not bring its own along."""
    bare = any(not part(each, "form") for each in found)
    forms = (yield from _forms(target, source)) if bare else {}
    try:
        return [lead_of(each, forms) for each in found]
    except (KeyError, OverflowError) as unread:
        raise unreadable() from unread


def _forms(target: Target, source: LeadSource) -> Inquiry[Mapping[str, Json]]:
    found: Sequence[Json] = yield from by_start(target, f"leadForms?q=owner&owner={_owner(source)}", dict)
    return {number(text(each.get("id"))): each for each in found}


def _owner(source: LeadSource) -> str:
    return f"(sponsoredAccount:{encoded(account_urn(source.external_id))})"


def _signed(words: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), words, hashlib.sha256).hexdigest()


def _moment(told: object) -> datetime | None:
    """An epoch time in milliseconds, as documented, or in seconds, as it was seen."""
    count = whole(told)
    if not 0 < count < _NO_TIME_ABOVE:
        return None
    return datetime.fromtimestamp(count if count < _SECONDS_BELOW else count / 1000, UTC)


LEADS = Leads(challenge, verified, notices, sources, subscribe, fetch, since)
