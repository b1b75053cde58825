"""Leads coming in: whose leads a workspace receives, and the inbox of what webhooks and polling told of them (B09).

A webhook's word is written down before it is answered; the lead itself is fetched from the network afterwards, so that
neither a slow network nor a crash loses one. The network tells things twice: the inbox's key makes them one.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F, Q

from apps.ads.asking import NotThere, app_of, ask, target_of
from apps.ads.leads import Lead, Leads, Notice
from apps.ads.leads import LeadSource as Found
from apps.ads.models import LeadNotice, LeadSource
from apps.ads.network import Network
from apps.ads.registry import NETWORKS
from apps.ads.sign_in import App
from apps.ads.tokens import token_ready
from apps.ads.wire import Target
from apps.audit import services as audit
from apps.connections.models import Connection, Environment
from apps.core import vault
from apps.core.actor import Actor
from apps.core.errors import Fault, InvalidInput, NotFound
from apps.core.tenancy import every_workspace, workspace_scope

log = structlog.get_logger()
POLL_EVERY, OVERLAP, FIRST_LOOK_BACK = timedelta(minutes=15), timedelta(hours=1), timedelta(days=7)
LEASE, FIRST_WAIT, LONGEST_WAIT, MOST_TRIES = timedelta(minutes=2), timedelta(seconds=20), timedelta(hours=6), 16
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Offered:
    """A source that the sign-in reaches, and whether its leads come in already."""

    found: Found
    chosen: bool


def hook_address(network: str, environment: str) -> str:
    """Where the network's webhooks are received."""
    where = "sandbox/" if environment == Environment.SANDBOX else ""
    return f"{settings.BASE_URL}/hooks/leads/{network}/{where}"


def verify_token(app: App) -> str:
    """What the network repeats when it checks the webhook's address; it follows from the app's secret."""
    return hashlib.sha256(f"convsync leads {app.id} {app.secret}".encode()).hexdigest()[:32]


def sources_offered(*, workspace_id: UUID, connection_id: UUID, at: datetime) -> list[Offered]:
    """The pages or accounts whose leads the sign-in can receive. Raises NotFound, NotThere. Call outside the scope."""
    network, leads, target = _ready(workspace_id, connection_id, at)
    found = ask(network, leads.sources(target))
    with workspace_scope(workspace_id):
        held = LeadSource.objects.filter(network=network.manifest.key, connection_id=connection_id)
        chosen = set(held.values_list("external_id", flat=True))
    return [Offered(each, each.external_id in chosen) for each in found]


def sources_choose(
    *, workspace_id: UUID, connection_id: UUID, external_ids: Collection[str], by: Actor, at: datetime
) -> int:
    """Receive the leads of these sources and of no others; returns how many were added.

    Raises InvalidInput for one that the sign-in does not reach, NotThere when the network refuses to tell us of one.
    """
    network, leads, target = _ready(workspace_id, connection_id, at)
    found = {each.external_id: each for each in ask(network, leads.sources(target))}
    if not set(external_ids) <= found.keys():
        raise InvalidInput(Fault("sources", "choice", "Choose from the pages or accounts listed."))
    with workspace_scope(workspace_id):
        held = LeadSource.objects.filter(network=network.manifest.key, connection_id=connection_id)
        for source in held.exclude(external_id__in=external_ids):
            _note(workspace_id, "lead_source.disconnect", network, source.external_id, source.name, by, at)
            source.delete()
        known = set(held.values_list("external_id", flat=True))
    added = sorted(set(external_ids) - known)
    if added:
        _register(network, leads, target)
    for external_id in added:
        address = hook_address(network.manifest.key, _environment(network, target))
        ask(network, leads.subscribe(target, found[external_id], address))
        with workspace_scope(workspace_id):
            _keep(workspace_id, connection_id, network, found[external_id], by, at)
    return len(added)


def notices_take(*, network: str, environment: str, notices: Sequence[Notice], at: datetime) -> list[UUID]:
    """Write down what a webhook told, for every workspace that receives that source; returns their ids."""
    told = {notice.source_id for notice in notices}
    with every_workspace():
        rows = LeadSource.objects.filter(network=network, environment=environment, external_id__in=told)
        sources = list(rows.values_list("workspace_id", "id", "external_id"))
    for workspace_id, source_id, external_id in sources:
        with workspace_scope(workspace_id):
            mine = [notice for notice in notices if notice.source_id == external_id]
            notices_write(source_id=source_id, workspace_id=workspace_id, notices=mine, at=at)
            LeadSource.objects.filter(id=source_id).update(told_at=at)
    return list(dict.fromkeys(workspace_id for workspace_id, _, _ in sources))


def notices_write(*, workspace_id: UUID, source_id: UUID, notices: Sequence[Notice], at: datetime) -> None:
    """Put notices into the inbox; one that is there already stays as it is."""
    LeadNotice.objects.bulk_create(
        [
            LeadNotice(
                workspace_id=workspace_id,
                source_id=source_id,
                lead_id=notice.lead_id[:200],
                deleted=notice.deleted,
                told_at=at,
                due_at=at,
            )
            for notice in notices
        ],
        ignore_conflicts=True,
    )


def notices_claim(*, now: datetime) -> list[LeadNotice]:
    """What is due in the inbox, leased: due again in two minutes, should this worker die. Call inside the scope."""
    due = LeadNotice.objects.filter(due_at__lte=now).order_by("due_at")
    claimed = list(due.select_for_update(skip_locked=True)[:MOST_AT_ONCE])
    for notice in claimed:
        notice.due_at, notice.tries = now + LEASE, notice.tries + 1
    LeadNotice.objects.bulk_update(claimed, ["due_at", "tries"])
    return claimed


def notice_done(*, notice: LeadNotice, became: str, contact_id: int | None, at: datetime) -> None:
    """A notice that was dealt with."""
    notice.due_at, notice.done_at, notice.became, notice.contact_id = None, at, became[:40], contact_id
    notice.save(update_fields=["due_at", "done_at", "became", "contact_id"])


def notice_later(*, notice: LeadNotice, code: str, wait: timedelta | None, at: datetime) -> None:
    """A notice that could not be dealt with: again later, and after the last try it is put aside with its code."""
    if notice.tries >= MOST_TRIES:
        return notice_done(notice=notice, became=f"refused: {code}", contact_id=None, at=at)
    growing = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(notice.tries, 12)))
    LeadNotice.objects.filter(pk=notice.pk).update(due_at=at + max(wait or growing, growing), became=code[:40])
    return None


def notices_put_off(*, notices: Sequence[LeadNotice], until: datetime) -> None:
    """Notices that the network was not asked about, because nobody is at home: due later, without a try used."""
    LeadNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(due_at=until, tries=F("tries") - 1)


def leads_forget(*, contact_id: int, lead_ids: Collection[str]) -> int:
    """Delete what was told of an erased person's leads; returns how many notices."""
    return LeadNotice.objects.filter(Q(contact_id=contact_id) | Q(lead_id__in=lead_ids)).delete()[0]


def contact_replaced(*, from_id: int, to_id: int) -> None:
    """A lead's contact was merged into another."""
    LeadNotice.objects.filter(contact_id=from_id).update(contact_id=to_id)


def workspaces_with_leads(*, now: datetime) -> list[UUID]:
    """Workspaces with something due: a notice or a poll. For the sweep, in every_workspace."""
    notices = LeadNotice.objects.filter(due_at__lte=now).order_by().values_list("workspace_id", flat=True)
    polls = LeadSource.objects.filter(poll_due_at__lte=now).order_by().values_list("workspace_id", flat=True)
    return list({*notices.distinct(), *polls.distinct()})


def polls_claim(*, now: datetime) -> list[LeadSource]:
    """Sources that are to be asked for their leads now, each by one worker. Call inside the scope."""
    due = LeadSource.objects.filter(poll_due_at__lte=now).order_by("poll_due_at")
    claimed = list(due.select_for_update(skip_locked=True)[:MOST_AT_ONCE])
    LeadSource.objects.filter(id__in=[source.id for source in claimed]).update(poll_due_at=now + POLL_EVERY)
    return claimed


def poll_done(*, source: LeadSource, until: datetime | None, trouble: str = "") -> None:
    """What asking a source came to: asked as far as `until`, or in trouble."""
    changes = {"polled_until": until} if until else {}
    LeadSource.objects.filter(id=source.id).update(trouble=trouble[:100], **changes)


def poll_put_off(*, source: LeadSource, until: datetime) -> None:
    """A source that was not asked, because nobody is at home."""
    LeadSource.objects.filter(id=source.id).update(poll_due_at=until)


def lead_fetch(*, source: LeadSource, lead_id: str, now: datetime) -> Lead:
    """One lead. Raises NotThere, NotFound. Call outside the scope."""
    network, leads, target = _ready(source.workspace_id, source.connection_id, now)
    return ask(network, leads.fetch(target, _found(source), lead_id))


def leads_since(*, source: LeadSource, now: datetime) -> Sequence[Lead]:
    """The source's leads since it was last asked, with an overlap for late ones. Raises as `lead_fetch`."""
    network, leads, target = _ready(source.workspace_id, source.connection_id, now)
    return ask(network, leads.since(target, _found(source), source.polled_until - OVERLAP))


def _environment(network: Network, target: Target) -> Environment:
    return Environment.LIVE if target.base == network.base else Environment.SANDBOX


def _register(network: Network, leads: Leads, target: Target) -> None:
    environment = _environment(network, target)
    app = app_of(network, environment)
    if leads.register is None or app is None:
        return
    address = hook_address(network.manifest.key, environment)
    try:
        ask(network, leads.register(target.base, app, address, verify_token(app)))
    except NotThere as refused:  # an address that the network cannot reach, say: leads are then found by asking
        log.warning("leads.not_registered", network=network.manifest.key, code=refused.outcome.code)


def _keep(workspace_id: UUID, connection_id: UUID, network: Network, found: Found, by: Actor, at: datetime) -> None:
    environment = Connection.objects.values_list("environment", flat=True).get(id=connection_id)
    LeadSource.objects.update_or_create(
        workspace_id=workspace_id,
        network=network.manifest.key,
        external_id=found.external_id,
        defaults={
            "connection_id": connection_id,
            "environment": environment,
            "name": found.name[:200],
            "sealed": vault.seal(dict(found.credentials)) if found.credentials else b"",
        },
        create_defaults={
            "connection_id": connection_id,
            "environment": environment,
            "name": found.name[:200],
            "sealed": vault.seal(dict(found.credentials)) if found.credentials else b"",
            "created_at": at,
            "polled_until": at - FIRST_LOOK_BACK,
            "poll_due_at": at,
        },
    )
    _note(workspace_id, "lead_source.connect", network, found.external_id, found.name, by, at)


def _note(
    workspace_id: UUID, action: str, network: Network, external_id: str, name: str, by: Actor, at: datetime
) -> None:
    audit.record(
        workspace_id=workspace_id,
        by=by,
        action=action,
        subject=name,
        at=at,
        detail={"network": network.manifest.key, "external_id": external_id},
    )


def _found(source: LeadSource) -> Found:
    return Found(source.external_id, source.name, vault.open_sealed(source.sealed) if source.sealed else {})


def _ready(workspace_id: UUID, connection_id: UUID, at: datetime) -> tuple[Network, Leads, Target]:
    connection = token_ready(workspace_id=workspace_id, connection_id=connection_id, now=at)
    network = NETWORKS[connection.system]
    if network.leads is None:
        raise NotFound(f"{network.manifest.label} has no lead forms.")
    return network, network.leads, target_of(network, connection)
