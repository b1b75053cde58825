"""What an access token reaches at Facebook: itself, ad accounts, pixels, the events that a pixel knows.

Sources: developers.facebook.com/docs/graph-api/reference/debug_token, and the Marketing API's reference of
`ad-account`, `ads-pixel`, `ads-pixel/stats` and `custom-conversion`.
"""

from collections.abc import Iterable
from itertools import chain

from apps.ads.answers import part, parts, text, whole
from apps.ads.networks.facebook.assets import Account, CustomConversion, Pixel, SeenEvent, Token
from apps.ads.networks.facebook.client import get
from apps.ads.networks.facebook.graph import Row, answer, listed, moment
from apps.ads.wire import Inquiry, Refused, Target, unreadable

_ACCOUNT = (
    "id,name,currency,timezone_name,account_status,disable_reason,business{id,name},owner_business{id,name},user_tasks"
)
_PIXEL = (
    "id,name,owner_business{id},last_fired_time,is_crm,is_consolidated_container,is_unavailable,is_restricted_use,"
    "data_use_setting"
)
_CUSTOM = "id,name,custom_event_type,pixel{id},rule,is_archived"


def token(target: Target) -> Inquiry[Token]:
    """The token's own state. Its URL holds the token, as no other does: Facebook reads it nowhere else. Never log it.

    Asked in the name of our app when the credentials hold its `app_id` and `app_secret`, else in the token's own.
    Raises Refused.
    """
    asked = {"input_token": target.credentials["access_token"]}
    found = answer((yield get(target, "debug_token", asked, as_app=True))).get("data")
    if not isinstance(found, dict) or not isinstance(found.get("is_valid"), bool):
        raise unreadable()
    scopes, error = found.get("scopes"), part(found, "error")
    return Token(
        valid=found["is_valid"],
        kind=text(found.get("type")),
        app_id=text(found.get("app_id")),
        expires_at=moment(found.get("expires_at")),
        data_access_expires_at=moment(found.get("data_access_expires_at")),
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
        fault="/".join(each for each in (text(error.get("code")), text(error.get("subcode"))) if each),
    )


def permissions(target: Target) -> Inquiry[frozenset[str]]:
    """The names of the permissions that the token's user granted. Raises Refused."""
    rows = yield from listed(target, "me/permissions", lambda row: row)
    return frozenset(text(row.get("permission")) for row in rows if row.get("status") == "granted")


def who(target: Target) -> Inquiry[str]:
    """The name of the person or system user whose token it is, else their id. Raises Refused."""
    found = answer((yield get(target, "me", {"fields": "id,name"})))
    return text(found.get("name")) or text(found.get("id"))


def ad_accounts(target: Target) -> Inquiry[tuple[Account, ...]]:
    """The ad accounts that were assigned to the token. Raises Refused."""
    return (yield from listed(target, "me/adaccounts", _account_of, {"fields": _ACCOUNT}))


def personal_ad_accounts(target: Target) -> Inquiry[frozenset[str]]:
    """The ids of those that belong to a person and to no Business Manager (B01). Raises Refused.

    A system user owns none, and has no such edge: Facebook then answers with code 100.
    """
    try:
        return frozenset((yield from listed(target, "me/personal_ad_accounts", _id_of, {"fields": "id"})))
    except Refused as refused:
        if refused.outcome.code.partition("/")[0] == "100":
            return frozenset()
        raise


def pixels(target: Target) -> Inquiry[tuple[Pixel, ...]]:
    """The pixels of the target's ad account. Raises Refused."""
    return (yield from listed(target, f"{account_of(target)}/adspixels", _pixel_of, {"fields": _PIXEL}))


def custom_conversions(target: Target) -> Inquiry[tuple[CustomConversion, ...]]:
    """The custom conversions of the target's ad account. Raises Refused."""
    return (yield from listed(target, f"{account_of(target)}/customconversions", _custom_of, {"fields": _CUSTOM}))


def seen_events(target: Target, pixel_id: str) -> Inquiry[tuple[SeenEvent, ...]]:
    """What a pixel received lately by kind of event, the most frequent first, then by name: the list to pick an
    existing event from (B05). Raises Refused.
    """
    hours = yield from listed(target, f"{pixel_id}/stats", _hour_of, {"aggregation": "event"})
    return _summed(chain.from_iterable(hours))


def account_of(target: Target) -> str:
    """The node of the target's ad account, however its id is written."""
    return f"act_{target.account_id.removeprefix('act_')}"


def _summed(events: Iterable[SeenEvent]) -> tuple[SeenEvent, ...]:
    counts: dict[str, int] = {}
    hours = set()
    for event in events:
        counts[event.name] = counts.get(event.name, 0) + event.count
        hours.add(event.since)
    since = min((hour for hour in hours if hour), default=None)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(SeenEvent(name, counts[name], since) for name in names)


def _hour_of(row: Row) -> tuple[SeenEvent, ...]:
    """An hour's events; a name stands there once for each hour."""
    hour = moment(row.get("start_time"))
    events = (SeenEvent(text(each.get("value")), whole(each.get("count")), hour) for each in parts(row, "data"))
    return tuple(event for event in events if event.name)


def _id_of(row: Row) -> str:
    return text(row.get("id"))


def _account_of(row: Row) -> Account:
    business, tasks = part(row, "business") or part(row, "owner_business"), row.get("user_tasks")
    return Account(
        id=_id_of(row),
        name=text(row.get("name")),
        currency=text(row.get("currency")),
        time_zone=text(row.get("timezone_name")),
        status=whole(row.get("account_status")),
        disable_reason=whole(row.get("disable_reason")),
        business_id=_id_of(business),
        business_name=text(business.get("name")),
        tasks=frozenset(map(str, tasks)) if isinstance(tasks, list) else frozenset(),
    )


def _pixel_of(row: Row) -> Pixel:
    return Pixel(
        id=_id_of(row),
        name=text(row.get("name")),
        business_id=_id_of(part(row, "owner_business")),
        last_fired_at=moment(row.get("last_fired_time")),
        crm=row.get("is_crm") is True,
        consolidated=row.get("is_consolidated_container") is True,
        unavailable=row.get("is_unavailable") is True,
        restricted=row.get("is_restricted_use") is True,
        data_use=text(row.get("data_use_setting")),
    )


def _custom_of(row: Row) -> CustomConversion:
    return CustomConversion(
        id=_id_of(row),
        name=text(row.get("name")),
        kind=text(row.get("custom_event_type")),
        pixel_id=_id_of(part(row, "pixel")),
        rule=text(row.get("rule")),
        archived=row.get("is_archived") is True,
    )
