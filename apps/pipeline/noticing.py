"""What follows from contacts that were written: clicks are kept, consent is asked again, stage changes are noticed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from apps.conversions.services import consent_recheck
from apps.pipeline import flow
from apps.pipeline.stages import stages_noticed
from apps.pipeline.suppressing import erased_before
from apps.records.moments import parse_moment
from apps.records.services import Written
from apps.records.standard import CLICK_PROPERTIES
from apps.signals.services import Noticed
from apps.tracking.services import SeenClick, clicks_remember


def contacts_noticed(
    *,
    workspace_id: UUID,
    written: Sequence[Written],
    at: datetime,
    seen: Sequence[SeenClick] = (),
    did: Sequence[Noticed] = (),
) -> None:
    """Notice what the written contacts' properties say, and `seen` and `did`, which came with them.

    What erased people did before they were erased is passed over.
    """
    clicks = [click for each in written for click in _clicks(each, at)]
    stages = stages_noticed(written, at)
    people = {int(each.record.pk): each.after for each in written}
    told = [(click.contact_id, click.first_seen_at) for click in clicks]
    told += [(stage.contact_id, stage.occurred_at) for stage in stages]
    gone = erased_before(workspace_id=workspace_id, told=told, people=people, at=at)
    kept = [click for click in clicks if (click.contact_id, click.first_seen_at) not in gone]
    clicks_remember(workspace_id=workspace_id, seen=[*kept, *seen])
    _ask_again(written, at)
    noticed = [stage for stage in stages if (stage.contact_id, stage.occurred_at) not in gone]
    flow.notice(workspace_id=workspace_id, noticed=[*noticed, *did], at=at)


def _ask_again(written: Sequence[Written], at: datetime) -> None:
    """A withdrawal reaches what waits in the transaction that brought it (A11)."""
    changed = {int(each.record.pk) for each in written if each.consent_changed}
    if changed:
        consent_recheck(contact_ids=changed, at=at)


def _clicks(written: Written, at: datetime) -> list[SeenClick]:
    properties = written.after
    seen = []
    for name, kind in CLICK_PROPERTIES.items():
        value = properties.get(name, "").strip()
        if value and name in written.before:
            told = parse_moment(properties.get(f"{kind}_first_seen", ""))
            seen.append(SeenClick(written.record.pk, kind, value, min(told, at) if told else at))
    return seen
