"""Run it again: a decision taken once more on what it looked at then, and on the settings and facts of today.

Nothing is written and nothing leaves. Call inside the workspace's scope.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from apps.conversions.models import Conversion, Event
from apps.conversions.rehearsing import Rehearsed, rehearse, setting_of
from apps.conversions.rerunning import Kept, decided_again, kept_of, rules_moved
from apps.core.errors import NotFound
from apps.domain.decision import Result, Step, Verdict
from apps.domain.reasons import REASONS
from apps.domain.rerun import circumstances_again
from apps.pipeline.explain import Say
from apps.signals.models import SignalKind

THEN = {
    "same": "Decided once more on what was looked at then, it comes out the same.",
    "moved": "The network's rules in convsync have changed since: decided once more, it comes out otherwise.",
    "different": "Decided once more on what was looked at then, it comes out otherwise.",
    "not_kept": "What this decision looked at is no longer there, so it cannot be taken once more.",
}
TODAY = {
    Verdict.SEND: "With today's settings and what is known of the contact today, it would be sent.",
    Verdict.HELD: "With today's settings and what is known of the contact today, it would wait.",
    Verdict.BLOCKED: "With today's settings and what is known of the contact today, it would not be sent.",
}


@dataclass(frozen=True, slots=True)
class Again:
    """A decision, taken once more.

    then              a code of THEN: whether it comes out the same on what was looked at then; `then_sentence` says so
    verdict, reason   what it would be today; both empty where nobody can say (a correction, an event without a version)
    """

    then: str
    then_sentence: str
    verdict: str
    reason: str
    today_sentence: str
    advice: str


def decision_again(*, workspace_id: UUID, signal_id: UUID, event_id: UUID, say: Say = str) -> Again:
    """The decision on that signal for that event, taken once more. Raises NotFound."""
    conversion = Conversion.objects.filter(signal_id=signal_id, event_id=event_id).first()
    if conversion is None:
        raise NotFound("There is no such conversion in this workspace.")
    kept = next(iter(kept_of([conversion])), None)
    then = _then(kept) if kept else "not_kept"
    today = _today(workspace_id, kept) if kept else None
    reason = REASONS.get(today.reason) if today else None
    told = [say(TODAY[today.verdict])] if today else []
    if reason:
        told.append(say(reason.sentence))
    return Again(
        then=then,
        then_sentence=say(THEN[then]),
        verdict=today.verdict.value if today else "",
        reason=today.reason if today else "",
        today_sentence=" ".join(told),
        advice=say(reason.advice) if reason else "",
    )


def _then(kept: Kept) -> str:
    if _objections(Step(*stored) for stored in kept.conversion.trace) == _objections(decided_again(kept).trace):
        return "same"
    return "moved" if rules_moved(kept) else "different"


def _objections(trace: Iterable[Step]) -> list[tuple[str, str]]:
    """What ended or held a decision. The trace has it as it was; state and reason of the conversion have gone on."""
    return [(step.result, step.code) for step in trace if step.result in (Result.BLOCK, Result.HOLD)]


def _today(workspace_id: UUID, kept: Kept) -> Rehearsed | None:
    event = Event.objects.select_related("account", "version").get(id=kept.event.id)
    if event.version is None or kept.signal.kind == SignalKind.ADJUSTMENT:
        return None
    setting = setting_of(workspace_id=workspace_id, account=event.account, event=event, settings=event.version.settings)
    act = circumstances_again(kept.told).act  # what somebody sent late or once more is asked of with their act
    setting = replace(setting, event=replace(setting.event, act=act))
    return next(rehearse(signals=[kept.signal], setting=setting, now=kept.conversion.judged_at))
