"""Lifecycle-stage changes among written contacts: the one that was written, and those it jumped over with a date told.

Facebook learns from the whole funnel, each stage at its own time (developers.facebook.com, Conversion Leads). A CRM
that moves a contact over several stages at once often tells when each was reached, in `hs_lifecyclestage_<stage>_date`:
then each is a fact of its own. A stage without a date was not reached as far as anybody knows, and is none.
"""

from collections.abc import Sequence
from datetime import datetime

from apps.domain.facts import Trigger
from apps.records.models import LifecycleStage
from apps.records.moments import parse_moment
from apps.records.services import Written
from apps.signals.models import Signal
from apps.signals.services import Noticed

_BEFORE, _AFTER = "hs_lifecyclestage_", "_date"


def stages_noticed(written: Sequence[Written], at: datetime) -> list[Noticed]:
    """The stage changes of the written contacts, each contact's in the order in which they happened."""
    changed = [each for each in written if each.before.get("lifecyclestage") is not None and _stage_of(each)]
    noticed = [*_skipped(changed, at), *(_change(each, at) for each in changed)]
    return sorted(noticed, key=lambda change: change.occurred_at)


def _change(written: Written, at: datetime) -> Noticed:
    stage, former = _stage_of(written), written.before["lifecyclestage"]
    # A system that syncs late says when it happened; what it does not say happened now.
    return _noticed(written, stage, former, _told_now(written, stage) or at)


def _skipped(changed: Sequence[Written], at: datetime) -> list[Noticed]:
    told = [each for each in changed if any(_is_date(name) for name in each.before)]
    if not told:
        return []
    order = dict(LifecycleStage.objects.values_list("name", "position"))
    found = [jumped for each in told for jumped in _jumped(each, order, at)]
    contacts = {each.contact_id for each in found}
    known = Signal.objects.filter(kind=Trigger.STAGE_CHANGE, contact_id__in=contacts)
    heard = set(known.values_list("contact_id", "name")) if found else set()
    return [each for each in found if (each.contact_id, each.name) not in heard]


def _jumped(written: Written, order: dict[str, int], at: datetime) -> list[Noticed]:
    former, stage = written.before["lifecyclestage"], _stage_of(written)
    first, last = order.get(former, -1), order.get(stage, -1)
    between = [name for name, position in order.items() if first < position < last]
    moments = {name: moment for name in between if (moment := _told_now(written, name)) and moment <= at}
    return [_noticed(written, name, former, moment) for name, moment in moments.items()]


def _noticed(written: Written, stage: str, former: str, occurred_at: datetime) -> Noticed:
    return Noticed(
        kind=Trigger.STAGE_CHANGE,
        name=stage,
        contact_id=written.record.pk,
        cause=f"stage:{written.record.pk}:{former}>{stage}:{occurred_at.isoformat()}",
        occurred_at=occurred_at,
        facts={"from": former} if former else {},
    )


def _told_now(written: Written, stage: str) -> datetime | None:
    """When the stage was reached, if this write says so."""
    name = f"{_BEFORE}{stage}{_AFTER}"
    return parse_moment(written.after.get(name, "")) if name in written.before else None


def _stage_of(written: Written) -> str:
    return written.after.get("lifecyclestage", "")


def _is_date(name: str) -> bool:
    return name.startswith(_BEFORE) and name.endswith(_AFTER)
