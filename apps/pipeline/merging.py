"""Two contacts become one: the only way in. Each app hands over what is its own; this says in which order (ADR 14)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.ads.leadgen import contact_replaced
from apps.audit import services as audit
from apps.conversions.belonging import conversions_move, twins_cancel
from apps.conversions.judging import turn_wait
from apps.conversions.services import consent_recheck
from apps.core.actor import Actor
from apps.pipeline import flow
from apps.pipeline.stages import stages_noticed
from apps.records import merging
from apps.records.models import Contact
from apps.records.services import Written
from apps.signals.belonging import signals_move, signals_of
from apps.signals.models import Signal
from apps.signals.services import Noticed
from apps.tracking.belonging import answers_of, person_moved
from apps.tracking.services import act_key


def contacts_merge(*, workspace_id: UUID, primary_id: int, secondary_id: int, by: Actor, at: datetime) -> Contact:
    """Put the secondary contact into the primary, with all that it did; returns the primary.

    What was judged keeps its identifiers; what was not is judged with the merged contact. Of what both did, and which
    still waits, one stays. Either id may be one of before an earlier merge. Raises as `records.merging.contacts_merge`.
    """
    with transaction.atomic():
        turn_wait(workspace_id=workspace_id)  # nothing of either is being judged meanwhile
        merged = merging.contacts_merge(
            workspace_id=workspace_id, primary_id=primary_id, secondary_id=secondary_id, at=at
        )
        survivor, gone = int(merged.contact.pk), merged.secondary_id
        ones, others = signals_of(contact_id=survivor), signals_of(contact_id=gone)
        keys = _repeat_keys(others, survivor)
        person_moved(from_id=gone, to_id=survivor)
        contact_replaced(from_id=gone, to_id=survivor)
        signals_move(from_id=gone, to_id=survivor, repeat_keys=keys)
        conversions_move(signals=others, to_id=survivor)
        for signal in others:
            signal.repeat_key = keys.get(signal.id, signal.repeat_key)
        twins_cancel(ones=ones, others=others, at=at)
        consent_recheck(contact_ids={survivor}, at=at)
        flow.notice(workspace_id=workspace_id, noticed=_stage_reached(merged, [*ones, *others], at), at=at)
        audit.record(
            workspace_id=workspace_id,
            by=by,
            action="contact.merge",
            subject=f"contact {survivor}",
            at=at,
            detail={"merged": str(gone)},
        )
    return merged.contact


def _repeat_keys(signals: list[Signal], survivor: int) -> dict[UUID, str]:
    """A repeat of a form is known by who sent it in, who is now another contact."""
    sent_in = {signal.id: UUID(signal.facts["submission"]) for signal in signals if signal.facts.get("submission")}
    answers = answers_of(set(sent_in.values()))
    return {
        signal_id: act_key(answers[number].form_id, survivor, answers[number].values)
        for signal_id, number in sent_in.items()
        if number in answers
    }


def _stage_reached(merged: merging.Merged, signals: list[Signal], at: datetime) -> list[Noticed]:
    """A stage that only the secondary had is news, unless it was told when the secondary reached it."""
    told = {signal.name for signal in signals if signal.kind == "stage_change"}
    written = Written(merged.contact, False, merged.before, merged.after)
    return [each for each in stages_noticed([written], at) if each.name not in told]
