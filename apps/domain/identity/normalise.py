"""The door: one identifier in, its normal forms and hashes out, or the one reason why it does not leave."""

from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
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
MOST_REMEMBERED = 2_048


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
"""Normal forms and their hashes, as `Normalised` has them, or why there are none.

Ask for the tuple: `isinstance` takes five times as long for an enumeration.
"""


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
    brought = bringing(rule)(value or "", context)
    return Normalised(*brought, None) if isinstance(brought, tuple) else _dropped(brought)


Bring: TypeAlias = Callable[[str, Context], Brought]
"""Takes a value and the surroundings that were read once for all identifiers of a contact."""


@cache
def bringing(rule: Rule) -> Bring:
    """How a rule of FIELDS brings a value to its network's form: `normalise`, made ready for one field."""
    if not rule.recurs:
        return _bringing(rule)
    # For what many people share: names, places, countries, jobs, browsers. The latest of those, never more than
    # MOST_REMEMBERED of a field, stay in this process's memory with their hashes; what is one person's own (an e-mail
    # address, a phone number, an id) does not.
    plainly = _bringing(rule)
    remembered, in_context = lru_cache(maxsize=MOST_REMEMBERED)(plainly), rule.in_context

    def bring(value: str, context: Context) -> Brought:
        if len(value) > LONGEST_REMEMBERED:
            return plainly(value, context)
        return remembered(value, context if in_context else NO_CONTEXT)

    return bring


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


def _bringing(rule: Rule) -> Bring:
    form_of, longest, hash_input = rule.form, rule.longest, rule.hash_input
    is_plain, is_chosen = rule.wire is Wire.PLAIN, rule.wire is Wire.AS_CHOSEN

    def bring(value: str, context: Context) -> Brought:
        plain = value.isascii()
        text = value.strip() if plain else trim(value)
        length = len(text)
        if not 0 < length <= longest:
            return DropReason.TOO_LONG if text else DropReason.EMPTY
        if not (plain or is_sound(text)):
            return DropReason.INVALID_TEXT
        is_raw = is_chosen and context.raw_ids
        if length in HASH_LENGTHS and (hashed := _ready_made(text, HashInput.IGNORED if is_raw else hash_input)):
            return hashed
        forms = form_of(text, context)
        if not isinstance(forms, tuple):
            return forms
        for form in forms:
            if len(form) in HASH_LENGTHS and looks_hashed(form, hash_input):
                return DropReason.UNSUPPORTED_HASH
        if is_raw or is_plain:
            return forms, ()
        return forms, (sha256_hex(forms[0]),) if len(forms) == 1 else tuple(map(sha256_hex, forms))

    return bring


def _ready_made(text: str, policy: HashInput) -> Brought | None:
    found = recognise(text, policy)
    return found if found is None or isinstance(found, DropReason) else ((), (found,))


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
