"""Leads become contacts: the inbox is worked off, and every quarter of an hour each source is asked what was missed.

A lead makes its contact, or updates the one that has its lead id or e-mail address, with the lead id and the moment the
lead came in; what follows (stages, conversions) follows from that contact as from any other.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog

from apps.ads import leadgen
from apps.ads.asking import NotThere
from apps.ads.leads import Lead, Notice
from apps.ads.models import LeadNotice, LeadSource
from apps.ads.registry import NETWORKS
from apps.core.clock import shared_now
from apps.core.errors import Conflict
from apps.core.tenancy import workspace_scope
from apps.deliveries.circuits import Down, everybodys
from apps.pipeline.intake import records_receive
from apps.pipeline.suppressing import erased_before
from apps.records.columns import Write
from apps.records.consents import consents_forget
from apps.records.models import Contact, LifecycleStage, PropertyDefinition
from apps.records.services import Written, property_create
from apps.tracking.models import AdClick

log = structlog.get_logger()
T = TypeVar("T")
ANSWERS, CONSENT = "lead_form_answers", "lead_consent_"
FIRST_STAGE = SOURCE = "lead"


def leads_receive(*, workspace_id: UUID) -> int:
    """Work off what is due in the inbox and ask the sources that are due; returns how many leads were dealt with."""
    now = shared_now()
    with workspace_scope(workspace_id):
        polls = leadgen.polls_claim(now=now)
    at_hand = {(source.id, lead.lead_id): lead for source in polls for lead in _catch_up(source, now)}
    with workspace_scope(workspace_id):
        notices = leadgen.notices_claim(now=shared_now())
        sources = LeadSource.objects.in_bulk({notice.source_id for notice in notices})
    later, down = [], set()
    for notice in notices:
        lead, source = at_hand.get((notice.source_id, notice.lead_id)), sources.get(notice.source_id)
        place = (source.network, source.environment) if source else None
        if place in down:
            later.append(notice)
        elif not _deal_with(notice, source, lead, shared_now()):
            down.add(place)
    with workspace_scope(workspace_id):
        leadgen.notices_put_off(notices=later, until=shared_now() + leadgen.LEASE)
    return len(notices) - len(later)


def _catch_up(source: LeadSource, now: datetime) -> Sequence[Lead]:
    """Put what no webhook told of into the inbox, the one way for both; returns the leads themselves."""
    try:
        missed = _asked(source, partial(leadgen.leads_since, source=source, now=now))
    except Down as down:
        with workspace_scope(source.workspace_id):
            leadgen.poll_put_off(source=source, until=now + down.wait)
        return ()
    except NotThere as refused:
        with workspace_scope(source.workspace_id):
            leadgen.poll_done(source=source, until=None, trouble=refused.outcome.code)
        return ()
    notices = [Notice(lead.lead_id, source.external_id, lead.form_id, at=lead.created_at) for lead in missed]
    with workspace_scope(source.workspace_id):
        leadgen.notices_write(workspace_id=source.workspace_id, source_id=source.id, notices=notices, at=now)
        leadgen.poll_done(source=source, until=now)
    return missed


def _deal_with(notice: LeadNotice, source: LeadSource | None, lead: Lead | None, now: datetime) -> bool:
    """`lead`: the lead itself where polling brought it; what a webhook only names is fetched. False: none answered."""
    workspace_id = notice.workspace_id
    if source is None:  # nobody receives its leads any more
        with workspace_scope(workspace_id):
            leadgen.notice_done(notice=notice, became="not_wanted", contact_id=None, at=now)
        return True
    try:
        if lead is None and not notice.deleted:
            fetch = partial(leadgen.lead_fetch, source=source, lead_id=notice.lead_id, now=now)
            lead = _asked(source, fetch)
    except Down as down:
        with workspace_scope(workspace_id):
            leadgen.notices_put_off(notices=[notice], until=now + down.wait)
        return False
    except NotThere as refused:
        with workspace_scope(workspace_id):
            leadgen.notice_later(notice=notice, code=refused.outcome.code, wait=refused.outcome.wait, at=now)
        return not refused.down
    with workspace_scope(workspace_id):
        became, contact_id = (
            _removed(notice, now) if notice.deleted or lead is None else _taken(workspace_id, lead, now)
        )
        leadgen.notice_done(notice=notice, became=became, contact_id=contact_id, at=now)
    log.info("lead.received", workspace=str(workspace_id), network=source.network, became=became)
    return True


def _asked(source: LeadSource, inquiry: Callable[[], T]) -> T:
    """What the source's network tells. Raises Down where all know that it is down, NotThere where it refuses."""
    return everybodys(NETWORKS[source.network], source.environment, who=source.id).asked(inquiry, now=shared_now())


def _taken(workspace_id: UUID, lead: Lead, now: datetime) -> tuple[str, int | None]:
    """The lead as a contact. A test lead makes none, so that no conversion can come of it."""
    if lead.is_test:
        return "test", None
    told, who = [(lead.lead_id, lead.created_at)], {lead.lead_id: lead.answers}
    leads = {lead.lead_id: lead.lead_id}
    if erased_before(workspace_id=workspace_id, told=told, people=who, at=now, leads=leads):
        return "erased", None
    known = AdClick.objects.filter(kind="lead_id", value=lead.lead_id).values_list("contact_id", flat=True).first()
    email = lead.answers.get("email", "").strip()
    there = known is not None or Contact.objects.filter(email=email.lower(), archived_at=None).exists()
    properties = _properties(workspace_id, lead, is_new=not there)
    write = Write(
        properties=properties,
        id=str(known or ""),
        email="" if known else email,
        source=SOURCE,
        held_from=lead.created_at,
    )
    (result,) = records_receive(workspace_id=workspace_id, object_type="contacts", writes=[write], at=now)
    if not isinstance(result, Written):
        # What the CRM does not take (a broken address, say) must not cost the lead: its id alone is kept.
        kept = {name: properties[name] for name in ("lead_id", "lead_id_first_seen", ANSWERS)}
        bare = Write(properties=kept, source=SOURCE)
        (result,) = records_receive(workspace_id=workspace_id, object_type="contacts", writes=[bare], at=now)
    contact_id = int(result.record.pk) if isinstance(result, Written) else None
    return ("updated" if there else "made"), contact_id


def _properties(workspace_id: UUID, lead: Lead, *, is_new: bool) -> Mapping[str, str]:
    seen_at = lead.created_at.isoformat()
    said = "\n".join(f"{question}: {answer}" for question, answer in sorted(lead.others.items()))
    consents = {f"{CONSENT}{_slug(key)}": "yes" if given else "no" for key, given in lead.consents.items()}
    properties = {**lead.answers, **consents, "lead_id": lead.lead_id, "lead_id_first_seen": seen_at, ANSWERS: said}
    if is_new and LifecycleStage.objects.filter(name=FIRST_STAGE).exists():
        properties |= {"lifecyclestage": FIRST_STAGE, f"hs_lifecyclestage_{FIRST_STAGE}_date": seen_at}
    labels = {name: f"Consent on lead forms: {name.removeprefix(CONSENT)}" for name in consents}
    _define(workspace_id, {ANSWERS: "Other answers on lead forms", **labels})
    return {name: value for name, value in properties.items() if value or name == ANSWERS}


def _define(workspace_id: UUID, labels: Mapping[str, str]) -> None:
    there = set(
        PropertyDefinition.objects.filter(object_type="contacts", name__in=labels).values_list("name", flat=True)
    )
    for name in labels.keys() - there:
        try:
            property_create(workspace_id=workspace_id, object_type="contacts", name=name, label=labels[name])
        except Conflict:  # another worker just made it
            continue


def _slug(key: str) -> str:
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in key.lower())
    return kept.strip("_")[:60] or "given"


def _removed(notice: LeadNotice, now: datetime) -> tuple[str, int | None]:
    """The person took the lead back: its id goes, and where the lead alone made the contact, all that it said."""
    clicks = AdClick.objects.filter(kind="lead_id", value=notice.lead_id)
    contacts = list(Contact.objects.filter(id__in=clicks.values("contact_id")))
    clicks.delete()
    for contact in contacts:
        if contact.created_at == contact.updated_at:
            contact.properties, contact.email, contact.archived_at = {}, None, now
            contact.save()
            consents_forget(contact_ids=[contact.id])
        else:
            cleared = {name: None for name in contact.properties if name.startswith("lead_")}
            write = Write(properties=cleared, id=str(contact.id), source=SOURCE)
            records_receive(workspace_id=notice.workspace_id, object_type="contacts", writes=[write], at=now)
    return "removed", None
