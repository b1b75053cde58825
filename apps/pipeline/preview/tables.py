"""The keys of a line and how each is read: docs/preview.md in data."""

from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.ads.registry import NETWORKS
from apps.domain.facts import Adjustment, Trigger, ValueFrom
from apps.domain.identity.dates import DATE_ORDERS
from apps.domain.identity.normalise import EXTERNAL_ID_MODES
from apps.domain.money import is_currency, parse_amount
from apps.pipeline.preview.reading import (
    Number,
    Reader,
    Table,
    Wrong,
    amount,
    flag,
    moment,
    one_of,
    text,
    texts,
)

ADJUSTMENT = "adjustment"
CERTAIN = Decimal(1)
# Settings of an event that the networks read by these names.
OPTIONS = ("route", "account_currency", "test_event_code", "external_id_mode", "lead_score_property")

_SHARED = frozenset(shared.name for network in NETWORKS.values() for shared in network.manifest.shared)
_OURS = {"address": "street", "mobilephone": "phone"}  # HubSpot's name and ours


def _as_it_is(value: Any) -> Any:
    return value


def _currency(value: Any) -> str:
    code = text(value)
    if not is_currency(code):
        raise Wrong("write an ISO 4217 code in capitals, such as EUR")
    return code


def _not_negative(value: Any) -> Decimal:
    number = amount(value)
    if number < 0:
        raise Wrong("write a number from 0")
    return number


def _told_amount(value: Any) -> Decimal | None:
    """A deal's amount; a text that is no number counts as none, as in the CRM."""
    return amount(value) if isinstance(value, Number) else parse_amount(text(value))


def _probability(value: Any) -> Decimal:
    number = amount(value)
    if not 0 <= number <= 1:
        raise Wrong("write a number from 0 to 1")
    return number


def _fields(value: Any) -> frozenset[str]:
    names = frozenset(_OURS.get(name, name) for name in texts(value))
    unknown = sorted(names - _SHARED)
    if unknown:
        raise Wrong(f"{unknown[0]} is no field that can be shared; those are {', '.join(sorted(_SHARED))}")
    return names


@lru_cache(maxsize=1_024)
def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Wrong("write a name of the IANA time zones, such as Europe/Amsterdam") from error


def _time_zone(value: Any) -> str:
    return _zone(text(value))


def _region(value: Any) -> int | str:
    written = text(value)
    return int(written) if written.isdecimal() and len(written) < 10 else written


def _texts_by_name(*names: str, **others: Reader) -> Table:
    return {**dict.fromkeys(names, text), **others}


LINE: Table = dict.fromkeys(("signal", "contact", "deal", "event", "workspace"), _as_it_is) | {"now": moment}

SIGNAL = _texts_by_name(
    "id",
    "name",
    "currency",
    "order_id",
    "action_source",
    "event_source_url",
    "referrer_url",
    "client_ip_address",
    "client_user_agent",
    kind=one_of(*(trigger.value for trigger in Trigger), ADJUSTMENT),
    occurred_at=moment,
    value=amount,
    adjustment=one_of(*(adjustment.value for adjustment in Adjustment)),
    original_occurred_at=moment,
)

DEAL: Table = {
    "amount": _told_amount,
    "deal_currency_code": text,
    "hs_deal_stage_probability": _probability,
    "hs_is_closed_won": flag,
    "hs_is_closed_lost": flag,
    "associated_at": moment,
}

EVENT = _texts_by_name(
    "name",
    "network_event_name",
    "action_source",
    "consent_property",
    "personalisation_property",
    "pixel_id",
    "customer_id",
    "login_customer_id",
    "conversion_action",
    "conversion_rule",
    "test_event_code",
    "lead_score_property",
    trigger=one_of(*(trigger.value for trigger in Trigger)),
    value_from=one_of(*(source.value for source in ValueFrom)),
    value=_not_negative,
    currency=_currency,
    created_at=moment,
    shared_fields=_fields,
    consent_values=texts,
    personalisation_values=texts,
    route=one_of("ads_api", "data_manager"),
    account_currency=_currency,
    limited_data_use=_as_it_is,
    opt_out=flag,
    limit_without_consent=flag,
    share_ip=flag,
    external_id_mode=one_of(*sorted(EXTERNAL_ID_MODES)),
)

REGION: Table = {"country": _region, "state": _region}

WORKSPACE: Table = {
    "country": text,
    "currency": _currency,
    "time_zone": _time_zone,
    "date_order": one_of(*sorted(DATE_ORDERS)),
    "crm_name": text,
}
