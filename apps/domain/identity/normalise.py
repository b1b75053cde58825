"""The door: one identifier in, its normal forms and hashes out, or the one reason why it does not leave."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from apps.domain.identity.context import NO_CONTEXT, Context
from apps.domain.identity.countries import country_code
from apps.domain.identity.dates import DATE_ORDERS
from apps.domain.identity.hashing import HASH_LENGTHS, HashInput, looks_hashed, recognise, sha256_hex
from apps.domain.identity.reasons import DropReason
from apps.domain.identity.tables import FIELDS, KNOWN_FIELDS, Rule, Wire
from apps.domain.identity.text import is_sound, trim

EXTERNAL_ID_MODES = frozenset({"raw", "sha256"})
LONGEST_REMEMBERED = 200  # characters: what is longer is rare, and would make the memory's bound a wide one


class Normalised(NamedTuple):
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


Brought: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]] | DropReason
"""Normal forms and their hashes, as `Normalised` has them, or why there are none."""

_AS_CHOSEN, _PLAIN = Wire.AS_CHOSEN, Wire.PLAIN


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
        return _dropped(DropReason.NOT_USED_BY_NETWORK)
    context = surroundings(country, default_country, date_order, external_id_mode, today)
    brought = bring(rule, value or "", context)
    return _dropped(brought) if isinstance(brought, DropReason) else Normalised(*brought, None)


def bring(rule: Rule, value: str, context: Context) -> Brought:
    """The same for a rule of FIELDS, in surroundings that were read once for all identifiers of a contact."""
    if rule.recurs and len(value) <= LONGEST_REMEMBERED:
        return _remembered(rule, value, context) if rule.in_context else _remembered(rule, value)
    return _brought(rule, value, context)


@lru_cache(maxsize=8_192)
def surroundings(
    country: str | None, default_country: str | None, date_order: str, external_id_mode: str, today: date | None
) -> Context:
    """What counts beside the value, as `normalise` explains it. Raises ValueError for an unknown order or mode."""
    if date_order not in DATE_ORDERS or external_id_mode not in EXTERNAL_ID_MODES:
        raise ValueError(_bad_setting(date_order, external_id_mode))
    own = country_code(country) if country else None
    lives_somewhere = bool(country and trim(country))
    dials_from = own if lives_somewhere or not default_country else country_code(default_country)
    return Context(own, dials_from, date_order, today, external_id_mode == "raw")


@lru_cache(maxsize=8_192)
def _remembered(rule: Rule, text: str, context: Context = NO_CONTEXT) -> Brought:
    """For what many people share: names, places, countries, jobs, browsers.

    The latest of those, never more than `maxsize`, stay in this process's memory with their hashes; what is one
    person's own (an e-mail address, a phone number, an id) does not.
    """
    return _brought(rule, text, context)


def _brought(rule: Rule, value: str, context: Context) -> Brought:
    plain = value.isascii()
    text = value.strip() if plain else trim(value)
    length = len(text)
    if not 0 < length <= rule.longest:
        return DropReason.TOO_LONG if text else DropReason.EMPTY
    if not (plain or is_sound(text)):
        return DropReason.INVALID_TEXT
    is_raw = context.raw_ids and rule.wire is _AS_CHOSEN
    if length in HASH_LENGTHS:
        ready_made = recognise(text, HashInput.IGNORED if is_raw else rule.hash_input)
        if isinstance(ready_made, DropReason):
            return ready_made
        if ready_made is not None:
            return (), (ready_made,)
    forms = rule.form(text, context)
    if isinstance(forms, DropReason):
        return forms
    if rule.keep is not None:
        forms = tuple(trim(form[: rule.keep]) for form in forms)
    for form in forms:
        if len(form) in HASH_LENGTHS and looks_hashed(form, rule.hash_input):
            return DropReason.UNSUPPORTED_HASH
    return forms, () if is_raw or rule.wire is _PLAIN else _hashes(forms)


def _hashes(forms: tuple[str, ...]) -> tuple[str, ...]:
    return (sha256_hex(forms[0]),) if len(forms) == 1 else tuple(map(sha256_hex, forms))


def _dropped(reason: DropReason) -> Normalised:
    return Normalised((), (), reason)


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
