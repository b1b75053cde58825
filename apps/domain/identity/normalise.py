"""The door: one identifier in, its normal forms and hashes out, or the one reason why it does not leave."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from apps.domain.identity.context import NO_CONTEXT, Context
from apps.domain.identity.countries import country_code
from apps.domain.identity.dates import DATE_ORDERS
from apps.domain.identity.hashing import HashInput, looks_hashed, recognise, sha256_hex
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.tables import FIELDS, KNOWN_FIELDS, Rule, Wire
from apps.domain.identity.text import is_sound, trim

EXTERNAL_ID_MODES = frozenset({"raw", "sha256"})


@dataclass(frozen=True, slots=True)
class Normalised:
    """`values`: normal forms, best first; () when dropped or when the input was already a hash.
    `hashed`: lower-case hex SHA-256 of each, () for what the network takes in plain form.
    `dropped`: a `DropReason`, None when kept."""

    values: tuple[str, ...]
    hashed: tuple[str, ...]
    dropped: str | None

    @property
    def wire(self) -> tuple[str, ...]:
        """What leaves: the hashes if there are any, else the values."""
        return self.hashed or self.values


_DROPPED = {reason: Normalised((), (), reason) for reason in DropReason}


def normalise(
    *,
    network: str,
    field: str,
    value: str | None,
    country: str | None = None,
    default_country: str | None = None,
    date_order: str = "dmy",
    external_id_mode: str = "sha256",
    today: date | None = None,
) -> Normalised:
    """Bring one identifier of a contact to the form in which `network` matches it.

    `country` is the contact's (ISO code or name) and counts for phone, state and zip; `default_country` is the
    workspace's and counts for the phone of a contact without one. `date_order` (dmy, mdy, ymd) settles what 05-03-1995
    means; `today` bounds dates of birth. `external_id_mode` (raw, sha256) counts at Facebook. Bad data never raises, it
    is dropped with a reason; an unknown network, field, date order or mode raises ValueError.
    """
    rule = _rule(network, field)
    if rule is None:
        return _DROPPED[DropReason.NOT_USED_BY_NETWORK]
    if date_order not in DATE_ORDERS or external_id_mode not in EXTERNAL_ID_MODES:
        raise ValueError(_bad_setting(date_order, external_id_mode))
    text = trim(value) if value else ""
    if not text:
        return _DROPPED[DropReason.EMPTY]
    if len(text) > rule.longest:
        return _DROPPED[DropReason.TOO_LONG]
    context = NO_CONTEXT
    if rule.in_context:
        context = _context(country, default_country, date_order, today)
    if rule.recurs:
        return _remembered(network, field, text, context)
    return _normalised(rule, text, context, external_id_mode == "raw")


@lru_cache(maxsize=8_192)
def _remembered(network: str, field: str, text: str, context: Context) -> Normalised:
    return _normalised(FIELDS[network][field], text, context, wants_raw_ids=False)


def _normalised(rule: Rule, text: str, context: Context, wants_raw_ids: bool) -> Normalised:
    if not is_sound(text):
        return _DROPPED[DropReason.INVALID_TEXT]
    is_raw = wants_raw_ids and rule.wire is Wire.AS_CHOSEN
    ready_made = recognise(text, HashInput.IGNORED if is_raw else rule.hash_input)
    if ready_made is not None:
        if isinstance(ready_made, DropReason):
            return _DROPPED[ready_made]
        return Normalised((), (ready_made,), None)
    forms = rule.form(text, context)
    if isinstance(forms, DropReason):
        return _DROPPED[forms]
    if rule.keep is not None:
        forms = tuple(trim(form[: rule.keep]) for form in forms)
    if any(looks_hashed(form, rule.hash_input) for form in forms):
        return _DROPPED[DropReason.UNSUPPORTED_HASH]
    return Normalised(forms, () if is_raw or rule.wire is Wire.PLAIN else tuple(map(sha256_hex, forms)), None)


def _context(country: str | None, default_country: str | None, date_order: str, today: date | None) -> Context:
    own = country_code(country) if country else None
    lives_somewhere = bool(country and trim(country))
    dials_from = own if lives_somewhere or not default_country else country_code(default_country)
    return Context(own, dials_from, date_order, today)


def _rule(network: str, field: str) -> Rule | None:
    fields = FIELDS.get(network)
    if fields is None:
        raise ValueError(f"network: {network!r} is not known; use one of {', '.join(FIELDS)}")
    rule = fields.get(field)
    if rule is None and field not in KNOWN_FIELDS:
        raise ValueError(f"field: {field!r} is not known; use one of {', '.join(sorted(KNOWN_FIELDS))}")
    return rule


def _bad_setting(date_order: str, external_id_mode: str) -> str:
    if date_order not in DATE_ORDERS:
        return f"date_order: {date_order!r} is not known; use one of {', '.join(sorted(DATE_ORDERS))}"
    return f"external_id_mode: {external_id_mode!r} is not known; use one of {', '.join(sorted(EXTERNAL_ID_MODES))}"
