"""The payload lens: the very request of a conversion that was judged, and of one that a draft event would make.

Nothing is written and nothing leaves; credentials stay sealed. Call inside the workspace's scope.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.ads.asking import target_of
from apps.ads.models import AdAccount
from apps.ads.registry import NETWORKS
from apps.ads.wire import Target
from apps.conversions.gathering import account_of, contacts_of, signal_of, workspace_of
from apps.conversions.models import Conversion, Event, EventVersion
from apps.conversions.origins import origin_of
from apps.conversions.rehearsing import shape_at
from apps.conversions.rules import Draft, event_rules
from apps.conversions.services import draft_check
from apps.core.errors import NotFound
from apps.core.ids import new_id
from apps.domain import facts
from apps.domain.decision import Case, Result, Step
from apps.domain.steps import ORIGINS
from apps.pipeline.explain import Say, step_told
from apps.pipeline.linting import Finding, found_in_decided
from apps.pipeline.preview.render import Dropped, Looked, Request, dropped_in, preview_case, request_around
from apps.records.models import Contact
from apps.records.selectors import latest_deals
from apps.signals.models import Signal

MOST_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something that leaves came from, in words. `field` is an identifier's name, or `value`."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A conversion through the lens. `reason` is a code or empty; `request` is None when nothing leaves.

    `verdict` is the state of a conversion that was judged; of a draft's it is send, blocked or held. `findings`: what
    the network would take and then make nothing of.
    """

    verdict: str
    reason: str
    request: Request | None
    dropped: Sequence[Dropped]
    origins: Sequence[Origin]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Example:
    """A signal to try a draft on, with its contact's address."""

    signal: Signal
    email: str


def conversion_seen(*, signal_id: UUID, event_id: UUID, say: Say = str, show: Say = str) -> Seen:
    """The request that carried, or will carry, the conversion: its frozen bytes in their envelope. Raises NotFound."""
    conversion = Conversion.objects.filter(signal_id=signal_id, event_id=event_id).first()
    if conversion is None:
        raise NotFound("There is no such conversion in this workspace.")
    trace, request, found = [Step(*stored) for stored in conversion.trace], None, []
    if conversion.payload:
        account = AdAccount.objects.select_related("connection").get(id=conversion.account_id)
        request = request_around(NETWORKS[conversion.network], _masked(account), conversion.route, conversion.payload)
        found = _found(conversion, account, trace, say)
    origins = list(_origins(trace, say, show))
    return Seen(conversion.state, conversion.reason, request, dropped_in(trace), origins, found)


def _found(conversion: Conversion, account: AdAccount, trace: Sequence[Step], say: Say) -> list[Finding]:
    event = Event.objects.get(id=conversion.event_id)
    version = EventVersion.objects.get(id=conversion.version_id)
    signal = Signal.objects.get(id=conversion.signal_id)
    shape = NETWORKS[account.network].manifest.shape_for(event.trigger, signal.facts.get("adjustment", ""))
    if shape is None:
        return []
    rules, order_id = event_rules(event, version.settings), signal.facts.get("order_id", "")
    return found_in_decided(account=account, shape=shape, rules=rules, trace=trace, order_id=order_id, say=say)


def examples(*, trigger: str, trigger_name: str) -> list[Example]:
    """The latest signals that would set off an event so drafted; where there is none, others of its kind."""
    of_kind = Signal.objects.filter(kind=trigger).order_by("-recorded_at", "-id")
    signals = list(of_kind.filter(name=trigger_name)[:MOST_EXAMPLES]) or list(of_kind[:MOST_EXAMPLES])
    emails = dict(Contact.objects.filter(id__in={each.contact_id for each in signals}).values_list("id", "email"))
    return [Example(each, emails.get(each.contact_id) or "") for each in signals]


def draft_seen(*, workspace_id: UUID, draft: Draft, signal_id: UUID, say: Say = str, show: Say = str) -> Seen:
    """What the signal would have made, had the drafted event been on when it happened.

    Raises InvalidInput naming every field of the draft that is wrong, and NotFound for a signal that is not there.
    """
    account, settings = draft_check(draft=draft)
    signal = Signal.objects.filter(id=signal_id).first()
    if signal is None:
        raise NotFound("There is no such signal in this workspace.")
    event = Event(id=new_id(), trigger=draft.trigger, trigger_name=draft.trigger_name, on_since=signal.occurred_at)
    case = Case(
        signal=signal_of(signal),
        contact=contacts_of([signal.contact_id]).get(signal.contact_id, facts.Contact()),
        deal=latest_deals({signal.contact_id}).get(signal.contact_id),
        event=event_rules(event, settings),
        account=account_of(account),
        workspace=workspace_of(workspace_id),
        shape=shape_at(account, draft.trigger, draft.destination),
        now=max(signal.recorded_at, signal.occurred_at),
    )
    preview = preview_case(account.network, case, target=_masked(account))
    trace = [_step(each) for each in preview["trace"]]
    found = found_in_decided(
        account=account,
        shape=NETWORKS[account.network].manifest.shapes[draft.trigger],
        rules=case.event,
        trace=trace,
        order_id=case.signal.order_id,
        say=say,
    )
    return Seen(
        verdict=preview["verdict"],
        reason=preview["reason"] or "",
        request=next(iter(preview["requests"]), None),
        dropped=preview["dropped_identifiers"],
        origins=list(_origins(trace, say, show)),
        findings=found if preview["requests"] else [],
    )


def _masked(account: AdAccount) -> Target:
    return target_of(NETWORKS[account.network], account.connection, account, masked=True)


def _step(looked: Looked) -> Step:
    facts_alone = {name: fact for name, fact in looked["looked_at"].items() if name != "code"}
    return Step(looked["step"], Result(looked["result"]), looked["looked_at"].get("code", ""), facts_alone)


def _origins(trace: Sequence[Step], say: Say, show: Say) -> Iterator[Origin]:
    for step in trace:
        if step.step == "identity" and step.result == Result.PASS:
            for name in filter(None, step.looked_at["kept"].split(", ")):
                yield Origin(name, _origin(name, say))
        elif step.step == "click" and step.result == Result.PASS:
            yield Origin(step.looked_at["kind"], say(ORIGINS["click"]))
        elif step.step == "value" and step.result == Result.PASS:
            yield Origin("value", step_told(*step, say=say, show=show).sentence)


def _origin(name: str, say: Say) -> str:
    origin, name_of_property = origin_of(name)
    return say(ORIGINS[origin]).format(property=name_of_property)
