"""Which identifiers each network takes, in which normal form, and whether hashed. The one table that drives all.

Sources, as of 2026-11: Meta's customer information parameters; Google's UserIdentifier and OfflineUserAddressInfo;
LinkedIn's Conversions API schema, where names are cut at 35 and job and company at 50 code points.
Choices: LinkedIn's external id is always plain; its hashed names are fields of their own, since which of the two forms
is sent depends on the version of its API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from apps.domain.identity import countries, dates, emails, genders, ids, names, phones, places, states
from apps.domain.identity.context import Context, FormRule, Forms
from apps.domain.identity.hashing import HashInput
from apps.domain.identity.text import trim


class Wire(Enum):
    """How the value leaves."""

    HASHED = "hashed"
    PLAIN = "plain"
    AS_CHOSEN = "as_chosen"  # by the destination's external id mode


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What one network wants of one field. Lengths are in code points. Equal only to itself."""

    form: FormRule
    wire: Wire
    hash_input: HashInput
    longest: int = 512  # what is longer was never a value of this field
    recurs: bool = False  # many contacts share a value, so that answers are worth keeping
    in_context: bool = False  # the contact's country, the date order or today count


def _meta(form: FormRule, **more: bool) -> Rule:
    return Rule(form, Wire.HASHED, HashInput.TAKEN_WITH_APPENDIX, **more)


def _hashed(form: FormRule, **more: bool) -> Rule:
    return Rule(form, Wire.HASHED, HashInput.TAKEN, **more)


def _plain(form: FormRule, *, in_context: bool = False) -> Rule:
    return Rule(form, Wire.PLAIN, HashInput.REFUSED, recurs=True, in_context=in_context)


def _cut(form: FormRule, length: int) -> FormRule:
    """The rule's forms, of which what is longer is cut off."""

    def rule(text: str, context: Context) -> Forms:
        forms = form(text, context)
        return tuple(trim(each[:length]) for each in forms) if isinstance(forms, tuple) else forms

    return rule


def _opaque(form: FormRule, *, longest: int = 600, recurs: bool = False) -> Rule:
    return Rule(form, Wire.PLAIN, HashInput.IGNORED, longest=longest, recurs=recurs)


_FACEBOOK = {
    "email": _meta(emails.meta_email),
    "phone": _meta(phones.meta_phone, in_context=True),
    "firstname": _meta(names.joined_letters, recurs=True),
    "lastname": _meta(names.joined_letters, recurs=True),
    "city": _meta(places.meta_city, recurs=True),
    "state": _meta(states.meta_state, recurs=True, in_context=True),
    "zip": _meta(places.meta_zip, recurs=True, in_context=True),
    "country": _meta(countries.meta_country, recurs=True),
    "date_of_birth": _meta(dates.meta_birth_date, in_context=True),
    "gender": _meta(genders.meta_gender, recurs=True),
    "external_id": Rule(ids.own_id, Wire.AS_CHOSEN, HashInput.TAKEN_AMONG_IDS),
    "client_ip_address": _opaque(ids.public_ip),
    "client_user_agent": _opaque(ids.user_agent, longest=4_096, recurs=True),
    "fbc": _opaque(ids.fbc),
    "fbp": _opaque(ids.fbp),
    "lead_id": _opaque(ids.meta_lead_id),
}

_GOOGLE = {
    "email": _hashed(emails.google_email),
    "phone": _hashed(phones.google_phone, in_context=True),
    "firstname": _hashed(names.google_given_name, recurs=True),
    "lastname": _hashed(names.google_family_name, recurs=True),
    "street": _hashed(names.lower_line),
    "city": _plain(names.plain_line),
    "state": _plain(states.google_state, in_context=True),
    "zip": _plain(places.google_zip, in_context=True),
    "country": _plain(countries.plain_country),
    "client_ip_address": _opaque(ids.public_ip),
    "client_user_agent": _opaque(ids.user_agent, longest=4_096, recurs=True),
    "gclid": _opaque(ids.click_id),
    "gbraid": _opaque(ids.click_id),
    "wbraid": _opaque(ids.click_id),
}

_LINKEDIN = {
    "email": _hashed(emails.linkedin_email),
    "firstname": _plain(_cut(names.plain_line, 35)),
    "lastname": _plain(_cut(names.plain_line, 35)),
    "hashed_firstname": _hashed(names.joined_letters, recurs=True),
    "hashed_lastname": _hashed(names.joined_letters, recurs=True),
    "jobtitle": _plain(_cut(names.plain_line, 50)),
    "company": _plain(_cut(names.plain_line, 50)),
    "country": _plain(countries.plain_country),
    "external_id": _opaque(ids.own_id),
    "client_ip_address": _opaque(ids.public_ipv4),
    "li_fat_id": _opaque(ids.click_id),
    "lead_id": _opaque(ids.linkedin_lead_urn),
    "acxiom_id": _opaque(ids.click_id),
    "google_aid": _opaque(ids.device_id),
}

FIELDS: Mapping[str, Mapping[str, Rule]] = MappingProxyType(
    {
        "facebook": MappingProxyType(_FACEBOOK),
        "google": MappingProxyType(_GOOGLE),
        "linkedin": MappingProxyType(_LINKEDIN),
    }
)

KNOWN_FIELDS = frozenset(field for fields in FIELDS.values() for field in fields)
