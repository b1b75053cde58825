"""Erasing a person: one transaction in which every app forgets what is its own, and a certificate of it (ADR 14).

GDPR, article 17. What counts goes on adding up: states, values, times and counts stay, and say nothing of whom.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.ads.leadgen import leads_forget
from apps.ads.models import AdAccount
from apps.audit import services as audit
from apps.conversions.erasing import Departed, conversions_forget
from apps.conversions.judging import turn_wait
from apps.core.actor import Actor
from apps.core.errors import NotFound
from apps.core.forgetting import forget_elsewhere
from apps.deliveries.erasing import answers_forget
from apps.deliveries.selectors import departures_of
from apps.domain.states import State
from apps.privacy.models import Erasure
from apps.records.erasing import contact_forget
from apps.records.merging import OTHER_EMAILS
from apps.records.models import Contact
from apps.records.selectors import contact_ids_now
from apps.records.suppression import names_in, suppress
from apps.signals.belonging import signals_forget, signals_of
from apps.signals.models import Signal
from apps.tracking.belonging import person_forget
from apps.tracking.services import clicks_of
from apps.workspaces.models import Workspace

_NAMING = ("email", "phone", "mobilephone")
_SHORTEST = 5  # characters: what is shorter names nobody in a text
_TOOK = (State.SENT, State.CONFIRMED)


def person_erase(*, workspace_id: UUID, contact_id: int, by: Actor, at: datetime) -> Erasure:
    """Forget the person of this contact everywhere, and keep the certificate. Call inside the workspace's scope.

    What waits for them is called off; what networks have got already is counted, because they must be asked themselves.
    The id may be one of before a merge. Raises NotFound.
    """
    contact_id = contact_ids_now({contact_id}).get(contact_id, contact_id)
    with transaction.atomic():
        turn_wait(workspace_id=workspace_id)  # nothing of theirs is being judged meanwhile
        contact = Contact.objects.select_for_update().filter(id=contact_id, erased_at=None).first()
        if contact is None:
            raise NotFound("There is no such contact in this workspace.")
        texts, leads = _known(contact)
        kept = suppress(workspace_id=workspace_id, names=_names(contact, leads), at=at)
        signals = signals_of(contact_id=contact_id)
        visits = _of_visits(signals, contact)
        conversions, departed = conversions_forget(workspace_id=workspace_id, signals=signals, at=at)
        certificate = Erasure.objects.create(
            workspace_id=workspace_id,
            erased_at=at,
            by_kind=by.kind,
            by_label=by.label,
            removed={
                "signals": signals_forget(signals=signals),
                "conversions": conversions,
                "lead_notices": leads_forget(contact_id=contact_id, lead_ids=leads),
                **person_forget(contact_id=contact_id),
                **contact_forget(contact_id=contact_id, at=at),
                "network_answers": answers_forget(
                    request_ids={each.request_id for each in departed}, texts=texts | visits
                ),
                "audit_entries": audit.person_blank(texts=texts),
                **forget_elsewhere(texts),
                "suppressed_names": kept,
            },
            left=_left(departed),
        )
        audit.record(
            workspace_id=workspace_id, by=by, action="contact.erase", subject=f"certificate {certificate.id}", at=at
        )
    return certificate


def address_suppress(*, workspace_id: UUID, email: str, by: Actor, at: datetime) -> None:
    """Keep nothing from before now of whoever has this address, although nobody here has it (HubSpot's gdpr-delete)."""
    suppress(workspace_id=workspace_id, names=names_in({"email": email}, country=""), at=at)
    audit.record(workspace_id=workspace_id, by=by, action="address.suppress", subject="an address", at=at)


def _known(contact: Contact) -> tuple[frozenset[str], list[str]]:
    """What names the person in a text, in small letters, and their lead ids."""
    clicks = clicks_of([contact.pk]).get(contact.pk, {})
    values = [click.value for kind in clicks.values() for click in kind]
    told = [contact.properties.get(name, "") for name in _NAMING] + _other_emails(contact) + values
    texts = {text.strip().lower() for text in told}
    leads = [click.value for click in clicks.get("lead_id", ())]
    return frozenset(text for text in texts if len(text) >= _SHORTEST), leads


def _of_visits(signals: Sequence[Signal], contact: Contact) -> frozenset[str]:
    """What else was sent of the person: networks repeat an order id, say, in their answers."""
    told = {str(text).strip().lower() for signal in signals for text in signal.facts.values()}
    told |= {text.strip().lower() for text in contact.properties.values()}
    return frozenset(text for text in told if len(text) >= _SHORTEST)


def _names(contact: Contact, leads: Sequence[str]) -> set[str]:
    country = Workspace.objects.values_list("country", flat=True).get(id=contact.workspace_id)
    return names_in(contact.properties, country=country, more={"email": _other_emails(contact), "lead": leads})


def _other_emails(contact: Contact) -> list[str]:
    return [email for email in contact.properties.get(OTHER_EMAILS, "").split(";") if email]


def _left(departed: Sequence[Departed]) -> list[dict[str, Any]]:
    """What went to each ad account before: how many conversions, how many of them it took, the first and last day."""
    moments = departures_of({each.request_id for each in departed})
    accounts = AdAccount.objects.in_bulk({each.account_id for each in departed})
    left = []
    for account_id, account in sorted(accounts.items()):
        mine = [each for each in departed if each.account_id == account_id]
        days = sorted(moments[each.request_id] for each in mine if each.request_id in moments)
        left.append(
            {
                "network": account.network,
                "account": account.name,
                "conversions": len(mine),
                "taken": sum(each.state in _TOOK for each in mine),
                "first": days[0].isoformat() if days else "",
                "last": days[-1].isoformat() if days else "",
            }
        )
    return left
