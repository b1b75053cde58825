"""What an access token reaches at Facebook: itself, ad accounts, pixels, the events that a pixel knows.

Requests are built and answers read here, all of them GET; calling is for others (`everything` takes the caller).

Sources: developers.facebook.com/docs/graph-api/results (cursors; only an answer without `paging.next` is the last: a
page may be short, or empty, before that), .../docs/graph-api/reference/debug_token, and the Marketing API's reference
of `ad-account`, `ads-pixel`, `ads-pixel/stats` and `custom-conversion`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import orjson

from apps.ads.networks.facebook import outcome
from apps.ads.networks.facebook.assets import Account, CustomConversion, Pixel, SeenEvent, Token
from apps.ads.networks.facebook.client import edge
from apps.ads.wire import Address, Target
from apps.domain.outcome import Outcome, Reply, Verdict
from apps.domain.reasons import Who

T = TypeVar("T")
PAGE, MOST_PAGES = 100, 500
_ACCOUNT = "id,name,currency,timezone_name,account_status,disable_reason,business{id,name},user_tasks"
_PIXEL = "id,name,owner_business{id},last_fired_time,is_crm,is_consolidated_container,is_unavailable,is_restricted_use"
_CUSTOM = "id,name,custom_event_type,pixel{id},rule,is_archived"


class NotRead(Exception):
    """Facebook did not give what was asked for; `outcome` has its code, who must act and how long to wait."""

    def __init__(self, why: Outcome) -> None:
        super().__init__(why.code)
        self.outcome = why


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a collection; `following` is what to ask for next, "" after the last one."""

    items: tuple[T, ...]
    following: str = ""


# Requests


def token(target: Target) -> Address:
    """The token's own state. Its URL holds the token, as no other does: Facebook reads it nowhere else. Never log it.

    Asked in the name of our app when the credentials hold its `app_id` and `app_secret`, else in the token's own.
    """
    return edge(target, "debug_token", {"input_token": target.credentials["access_token"]}, as_app=True)


def ad_accounts(target: Target, following: str = "") -> Address:
    """The ad accounts that were assigned to the token."""
    return _list(target, "me/adaccounts", _ACCOUNT, following)


def personal_ad_accounts(target: Target, following: str = "") -> Address:
    """Those of them that belong to a person and to no Business Manager (B01)."""
    return _list(target, "me/personal_ad_accounts", "id", following)


def pixels(target: Target, following: str = "") -> Address:
    """The pixels of the target's ad account."""
    return _list(target, f"{_account(target)}/adspixels", _PIXEL, following)


def custom_conversions(target: Target, following: str = "") -> Address:
    """The custom conversions of the target's ad account."""
    return _list(target, f"{_account(target)}/customconversions", _CUSTOM, following)


def seen_events(target: Target, pixel_id: str, following: str = "") -> Address:
    """What a pixel received lately, in hours by kind of event: the list to pick an existing event from (B05)."""
    return edge(target, f"{pixel_id}/stats", {"aggregation": "event", **_after(following)})


# Answers


def read_token(reply: Reply) -> Token:
    """The answer to `token`. Raises NotRead."""
    found = _answer(reply).get("data")
    if not isinstance(found, dict) or not isinstance(found.get("is_valid"), bool):
        raise _unreadable()
    scopes = found.get("scopes")
    return Token(
        valid=found["is_valid"],
        kind=_text(found.get("type")),
        app_id=_text(found.get("app_id")),
        expires_at=_moment(found.get("expires_at")),
        data_access_expires_at=_moment(found.get("data_access_expires_at")),
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
    )


def read_ad_accounts(reply: Reply) -> Page[Account]:
    """A page of `ad_accounts`. Raises NotRead."""
    return _page(reply, _account_of)


def read_personal_ad_accounts(reply: Reply) -> Page[str]:
    """A page of ids. Raises NotRead, except where the token is of a system user, who owns none: there are none then."""
    error = _parsed(reply).get("error")
    if isinstance(error, dict) and error.get("code") == 100:
        return Page(())
    return _page(reply, lambda item: _text(item.get("id")))


def read_pixels(reply: Reply) -> Page[Pixel]:
    """A page of `pixels`. Raises NotRead."""
    return _page(reply, _pixel_of)


def read_custom_conversions(reply: Reply) -> Page[CustomConversion]:
    """A page of `custom_conversions`. Raises NotRead."""
    return _page(reply, _custom_of)


def read_seen_events(reply: Reply) -> Page[SeenEvent]:
    """A page of `seen_events`; a name stands there once for each hour: see `summed`. Raises NotRead."""
    hours = _page(reply, lambda item: item.get("data"))
    counted = (row for hour in hours.items if isinstance(hour, list) for row in hour if isinstance(row, dict))
    events = (SeenEvent(_text(row.get("value")), _whole(row.get("count"))) for row in counted)
    return Page(tuple(event for event in events if event.name), hours.following)


def summed(events: tuple[SeenEvent, ...]) -> tuple[SeenEvent, ...]:
    """Each kind of event once, the most frequent first, then by name."""
    counts: dict[str, int] = {}
    for event in events:
        counts[event.name] = counts.get(event.name, 0) + event.count
    return tuple(SeenEvent(name, counts[name]) for name in sorted(counts, key=lambda name: (-counts[name], name)))


def everything(
    get: Callable[[Address], Reply], ask: Callable[[str], Address], read: Callable[[Reply], Page[T]]
) -> tuple[T, ...]:
    """All items of a collection: `ask` takes what follows, "" first, and `get` makes the call. Raises NotRead."""
    found: list[T] = []
    following, asked = "", set[str]()
    while following not in asked and len(asked) < MOST_PAGES:
        asked.add(following)
        page = read(get(ask(following)))
        found += page.items
        following = page.following
        if not following:
            return tuple(found)
    raise NotRead(Outcome(Verdict.RETRY, "endless_paging", Who.OPERATOR))


def _list(target: Target, path: str, fields: str, following: str) -> Address:
    return edge(target, path, {"fields": fields, "limit": str(PAGE), **_after(following)})


def _after(following: str) -> dict[str, str]:
    return {"after": following} if following else {}


def _account(target: Target) -> str:
    return f"act_{target.account_id.removeprefix('act_')}"


def _page(reply: Reply, item_of: Callable[[Mapping[str, Any]], T]) -> Page[T]:
    answer = _answer(reply)
    rows = answer.get("data")
    if not isinstance(rows, list):
        raise _unreadable()
    return Page(tuple(item_of(row) for row in rows if isinstance(row, dict)), _following(answer.get("paging")))


def _following(paging: object) -> str:
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    after = _text(_part(paging, "cursors").get("after"))
    # The next page's URL holds the token and may name any host: only its cursor is taken.
    after = after or parse_qs(urlsplit(_text(paging["next"])).query).get("after", [""])[0]
    if not after:
        raise _unreadable()
    return after


def _answer(reply: Reply) -> dict[str, Any]:
    answer = _parsed(reply)
    if 200 <= reply.status < 300 and answer and "error" not in answer:
        return answer
    why = outcome.read(reply, 1).outcomes[0]
    raise NotRead(why) if why.code else _unreadable()


def _unreadable() -> NotRead:
    return NotRead(Outcome(Verdict.RETRY, "unreadable_answer", Who.OPERATOR))


def _parsed(reply: Reply) -> dict[str, Any]:
    try:
        parsed = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _account_of(item: Mapping[str, Any]) -> Account:
    business, tasks = _part(item, "business"), item.get("user_tasks")
    return Account(
        id=_text(item.get("id")),
        name=_text(item.get("name")),
        currency=_text(item.get("currency")),
        time_zone=_text(item.get("timezone_name")),
        status=_whole(item.get("account_status")),
        disable_reason=_whole(item.get("disable_reason")),
        business_id=_text(business.get("id")),
        business_name=_text(business.get("name")),
        tasks=frozenset(map(str, tasks)) if isinstance(tasks, list) else frozenset(),
    )


def _pixel_of(item: Mapping[str, Any]) -> Pixel:
    return Pixel(
        id=_text(item.get("id")),
        name=_text(item.get("name")),
        business_id=_text(_part(item, "owner_business").get("id")),
        last_fired_at=_moment(item.get("last_fired_time")),
        crm=item.get("is_crm") is True,
        consolidated=item.get("is_consolidated_container") is True,
        unavailable=item.get("is_unavailable") is True,
        restricted=item.get("is_restricted_use") is True,
    )


def _custom_of(item: Mapping[str, Any]) -> CustomConversion:
    return CustomConversion(
        id=_text(item.get("id")),
        name=_text(item.get("name")),
        kind=_text(item.get("custom_event_type")),
        pixel_id=_text(_part(item, "pixel").get("id")),
        rule=_text(item.get("rule")),
        archived=item.get("is_archived") is True,
    )


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = item.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0


def _moment(value: object) -> datetime | None:
    """A Unix time in seconds, nought for never, or Graph's own `2026-11-22T12:00:00+0000`."""
    try:
        if isinstance(value, str):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z")
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
