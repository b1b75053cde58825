"""What left before consent was withdrawn: read from the facts whenever somebody asks, and kept nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.conversions.models import Conversion, EventVersion
from apps.conversions.owing import Key
from apps.conversions.rules import consent_rule
from apps.deliveries.models import Request
from apps.domain.consent import consent_reason
from apps.domain.facts import ConsentRule
from apps.records.models import ConsentFact

SENT_BEFORE = "It was sent before consent was withdrawn, on {withdrawn}."
TOLD_AFTER = "It was sent on {sent}. That consent had been withdrawn on {withdrawn} was told on {told}, after that."
SENTENCES = (SENT_BEFORE, TOLD_AFTER)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Consent that was withdrawn, and told to be, after a conversion had left."""

    sent_at: datetime
    withdrawn_at: datetime
    told_at: datetime

    @property
    def sentence(self) -> str:
        """What is said of it, in English, the key of its translation."""
        return SENT_BEFORE if self.withdrawn_at >= self.sent_at else TOLD_AFTER

    @property
    def facts(self) -> dict[str, str]:
        """The moments that the sentence names, in ISO 8601."""
        moments = {"sent": self.sent_at, "withdrawn": self.withdrawn_at, "told": self.told_at}
        return {name: moment.isoformat(timespec="seconds") for name, moment in moments.items()}


def withdrawals(conversions: Iterable[Conversion], requests: Mapping[UUID, Request]) -> dict[Key, Withdrawal]:
    """By conversion, the first withdrawal after it left; those without one are left out. Two queries, however many."""
    left = [
        (each, requests[each.request_id]) for each in conversions if each.request_id and each.request_id in requests
    ]
    rules = _rules({each.version_id for each, _ in left}) if left else {}
    log = _log({each.contact_id for each, _ in left}, {rule.property for rule in rules.values()}) if rules else {}
    found: dict[Key, Withdrawal] = {}
    for each, request in left:
        rule = rules.get(each.version_id)
        facts = log.get((each.contact_id, rule.property), ()) if rule else ()
        if rule and (fact := _withdrawn_after(request.sent_at, facts, rule)):
            found[each.signal_id, each.event_id] = Withdrawal(request.sent_at, fact.held_from, fact.recorded_at)
    return found


def _withdrawn_after(sent_at: datetime, facts: Sequence[ConsentFact], rule: ConsentRule) -> ConsentFact | None:
    """The fact by which, as facts came in, the property stopped saying yes after that moment."""
    latest: ConsentFact | None = None
    for fact in facts:
        if latest is not None and fact.held_from < latest.held_from:
            continue
        latest = fact
        if fact.recorded_at >= sent_at and consent_reason(rule, {rule.property: fact.value}):
            return fact
    return None


def _rules(version_ids: set[UUID]) -> dict[UUID, ConsentRule]:
    versions = EventVersion.objects.filter(id__in=version_ids).values_list("id", "settings")
    return {version_id: rule for version_id, settings in versions if (rule := consent_rule(settings))}


def _log(contact_ids: set[int], properties: set[str]) -> dict[tuple[int, str], list[ConsentFact]]:
    log: dict[tuple[int, str], list[ConsentFact]] = {}
    for fact in ConsentFact.objects.filter(contact_id__in=contact_ids, property__in=properties).order_by("id"):
        log.setdefault((fact.contact_id, fact.property), []).append(fact)
    return log
