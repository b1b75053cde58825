"""Ranked fixes: what would be matched beside what is, if one thing were changed. Each is a counterfactual setting.

Whether a fix helps is not guessed: the signals that it can touch are rehearsed again under it, and what then differs is
its gain. A fix is proposed only where a sample of the contacts says that it may help, and what it was told (which
country, which value) is kept with it as text. Nobody is told to count as consent what says no (`_SAYS_NO`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from apps.ads.registry import NETWORKS
from apps.conversions.gathering import contacts_of
from apps.conversions.rehearsing import Rehearsed, rehearse
from apps.domain.decision import Setting, Verdict
from apps.domain.facts import ConsentRule, Contact, ValueFrom, ValueRule
from apps.domain.forecast import match_chance
from apps.domain.identity import country_code, country_dialled
from apps.domain.reasons import Who
from apps.signals.selectors import AnySignal

Told: TypeAlias = dict[str, str]
MOST_VALUES = 3  # of a consent property
# Where a conversion happened when it was not on the website: Facebook then asks for no browser and no page.
ELSEWHERE = "system_generated"
_SAYS_NO = frozenset(
    "no nee non nein n false 0 off denied geweigerd refused withdrawn ingetrokken unsubscribed uitgeschreven"
    " opt-out opt_out optout opted-out none geen never nooit unknown onbekend n/a"
    " non não nao ne nei nej nie ei nem nu hayır hayir"
    " όχι нет ні не לא لا いいえ 아니요 아니오 否 不 不同意 không".split()
)
_NO_IDENTITY = frozenset({"no_identifier", "weak_identifiers"})
_NO_VISIT = frozenset({"no_user_agent", "no_page_url", "bad_page_url"})
_PHONE_LACKS_COUNTRY = frozenset({"phone_without_country", "invalid_phone"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fix.

    propose   what it could be told for this setting and a sample of contacts; nothing where it cannot help
    apply     the setting as it would be
    touches   whether it may change what became of a signal: all others are left as they are
    sentence  what to do, in English and the key of its translation, with what it was told
    caution   what to think of first, "" for nothing
    who       who can do it
    """

    propose: Callable[[Setting, Sequence[Contact]], Iterator[Told]]
    apply: Callable[[Setting, Mapping[str, str]], Setting]
    touches: Callable[[Rehearsed], bool]
    sentence: str
    caution: str
    who: Who


def _a_country(setting: Setting, contacts: Sequence[Contact]) -> Iterator[Told]:
    if setting.workspace.country or "phone" not in setting.shape.identifiers:
        return
    counted = Counter(code for contact in contacts if (code := _country_of(contact)))
    yield from ({"country": code} for code, _ in counted.most_common(1))


def _country_of(contact: Contact) -> str | None:
    """Where the contact lives, else where the contact's telephone is."""
    told = contact.properties
    return country_code(told.get("country") or "") or country_dialled(told.get("phone") or "")


def _more_shared(setting: Setting, contacts: Sequence[Contact]) -> Iterator[Told]:
    shared = setting.event.shared
    if shared is None:
        return
    known = {each.name for each in NETWORKS[setting.account.network].manifest.shared}
    wanted: tuple[str, ...] = ("email", "phone")
    for name in wanted:
        takes = name in setting.shape.identifiers and name in known - shared
        if takes and any(contact.properties.get(name) for contact in contacts):
            yield {"field": name}


def _more_consent(setting: Setting, contacts: Sequence[Contact]) -> Iterator[Told]:
    rule = setting.event.consent
    if rule is None:
        return
    yes = {value.strip().casefold() for value in rule.values}
    held: Counter[str] = Counter()
    for contact in contacts:
        parts = {part.strip() for part in contact.properties.get(rule.property, "").split(";")}
        held.update(part for part in parts if part and part.casefold() not in yes | _SAYS_NO)
    yield from ({"property": rule.property, "value": value} for value, _ in held.most_common(MOST_VALUES))


def _from_deal(setting: Setting, contacts: Sequence[Contact]) -> Iterator[Told]:
    if setting.event.value.source is ValueFrom.NONE and setting.shape.needs_value:
        yield {}


def _terms(setting: Setting, contacts: Sequence[Contact]) -> Iterator[Told]:
    if setting.shape.needs_terms and not setting.account.terms_accepted:
        yield {}


def _elsewhere(setting: Setting, contacts: Sequence[Contact]) -> Iterator[Told]:
    if ELSEWHERE in setting.shape.action_sources and not setting.event.options.get("action_source"):
        yield {"source": ELSEWHERE}


def _with_country(setting: Setting, told: Mapping[str, str]) -> Setting:
    return replace(setting, workspace=replace(setting.workspace, country=told["country"]))


def _with_field(setting: Setting, told: Mapping[str, str]) -> Setting:
    shared = (setting.event.shared or frozenset()) | {told["field"]}
    return replace(setting, event=replace(setting.event, shared=shared))


def _with_consent(setting: Setting, told: Mapping[str, str]) -> Setting:
    rule = setting.event.consent
    values = (rule.values if rule else frozenset()) | {told["value"]}
    return replace(setting, event=replace(setting.event, consent=ConsentRule(told["property"], values)))


def _with_deal(setting: Setting, told: Mapping[str, str]) -> Setting:
    value = ValueRule(ValueFrom.DEAL, Decimal(0), setting.event.value.currency)
    return replace(setting, event=replace(setting.event, value=value))


def _with_terms(setting: Setting, told: Mapping[str, str]) -> Setting:
    return replace(setting, account=replace(setting.account, terms_accepted=True))


def _with_source(setting: Setting, told: Mapping[str, str]) -> Setting:
    options = {**setting.event.options, "action_source": told["source"]}
    return replace(setting, event=replace(setting.event, options=options))


KINDS: Mapping[str, Kind] = {
    "default_country": Kind(
        _a_country,
        _with_country,
        lambda each: str(each.dropped.get("phone", "")) in _PHONE_LACKS_COUNTRY,
        "Set the workspace's default country to {country}.",
        "It counts for the phone numbers of contacts without a country, of every event.",
        Who.ADMIN,
    ),
    "share_field": Kind(
        _more_shared,
        _with_field,
        lambda each: each.verdict is not Verdict.BLOCKED or each.reason in _NO_IDENTITY,
        "Share the field {field} as well.",
        "Share only what the person was told of.",
        Who.MARKETER,
    ),
    "consent_value": Kind(
        _more_consent,
        _with_consent,
        lambda each: each.reason == "consent_denied",
        "Count the value “{value}” of {property} as consent.",
        "Only if whoever chose it agreed to exactly this use.",
        Who.MARKETER,
    ),
    "value_from_deal": Kind(
        _from_deal,
        _with_deal,
        lambda each: each.reason == "no_value",
        "Take the value from the deal, and nought where there is none.",
        "",
        Who.MARKETER,
    ),
    "accept_terms": Kind(
        _terms,
        _with_terms,
        lambda each: each.reason == "terms_not_accepted",
        "Accept the network's customer data terms for the ad account.",
        "",
        Who.ADMIN,
    ),
    "elsewhere": Kind(
        _elsewhere,
        _with_source,
        lambda each: each.reason in _NO_VISIT,
        "Choose the action source {source}.",
        "Only if these did not happen on the website.",
        Who.MARKETER,
    ),
}


@dataclass(slots=True)
class Gain:
    """What one fix would change in one stretch of history.

    sends       how many more would be sent
    value       how much more they would be worth, by currency
    forecast    how many more matches we expect (domain/forecast.py)
    reached     contacts with a conversion that would be sent now and was not before
    identified  contacts of whom more identifiers would be sent
    """

    sends: int = 0
    value: dict[str, Decimal] = field(default_factory=dict)
    forecast: float = 0.0
    reached: set[int] = field(default_factory=set)
    identified: set[int] = field(default_factory=set)

    def count(self, each: Rehearsed, sign: int, network: str) -> None:
        """Add (1) or take away (-1) what would be sent."""
        if each.verdict is Verdict.SEND:
            self.sends += sign
            self.forecast += sign * match_chance(network, each.kept)
            if each.value is not None:
                amount = self.value.get(each.value.currency, Decimal(0))
                self.value[each.value.currency] = amount + sign * each.value.amount

    def merge(self, told: Mapping[str, Any]) -> None:
        """Add the gain of another stretch, as it told itself."""
        self.sends += told["sends"]
        self.forecast += told["forecast"]
        self.reached.update(told["reached"])
        self.identified.update(told["identified"])
        for currency, amount in told["value"].items():
            self.value[currency] = self.value.get(currency, Decimal(0)) + Decimal(amount)

    def told(self) -> dict[str, Any]:
        """All of it as JSON can keep it."""
        return {
            "sends": self.sends,
            "value": {currency: str(amount) for currency, amount in self.value.items()},
            "forecast": self.forecast,
            "reached": sorted(self.reached),
            "identified": sorted(self.identified),
        }


def fixes_proposed(*, setting: Setting, contact_ids: Iterable[int]) -> list[dict[str, Any]]:
    """The fixes worth trying for this setting, judging by these contacts: each its kind and what it is told."""
    contacts = list(contacts_of(contact_ids).values())
    return [{"kind": key, "told": told} for key, kind in KINDS.items() for told in kind.propose(setting, contacts)]


def fix_applied(*, setting: Setting, fix: Mapping[str, Any]) -> Setting:
    """The setting with the fix."""
    return KINDS[fix["kind"]].apply(setting, fix["told"])


def fix_gain(
    *,
    setting: Setting,
    fix: Mapping[str, Any],
    signals: Sequence[AnySignal],
    before: Sequence[Rehearsed],
    repeated: frozenset[str],
) -> Gain:
    """What the fix would change among these signals, of which `before` is what became of them without it.

    `repeated`: the repeat keys of signals that have another before them. What becomes of those hangs on what becomes
    of the other, so that they are rehearsed again whether the fix touches them or not.
    """
    touches = KINDS[fix["kind"]].touches
    looked_at = [
        (signal, each)
        for signal, each in zip(signals, before, strict=True)
        if touches(each) or signal.repeat_key in repeated
    ]
    fixed = fix_applied(setting=setting, fix=fix)
    after = rehearse(signals=[signal for signal, _ in looked_at], setting=fixed, repeated=repeated)
    gain = Gain()
    for (_, was), now in zip(looked_at, after, strict=True):
        gain.count(was, -1, setting.account.network)
        gain.count(now, 1, setting.account.network)
        if now.verdict is Verdict.SEND:
            if was.verdict is not Verdict.SEND:
                gain.reached.add(now.contact_id)
            elif set(now.kept) - set(was.kept):
                gain.identified.add(now.contact_id)
    return gain
