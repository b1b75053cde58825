"""Making workspaces, members and API keys, and finding who is asking."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction

from apps.audit import services as audit
from apps.core.actor import Actor
from apps.core.errors import Conflict, Fault, InvalidInput, NotFound
from apps.core.tenancy import every_workspace
from apps.domain.identity import country_code
from apps.domain.money import is_currency
from apps.domain.retention import KINDS, days_kept
from apps.workspaces.models import ApiKey, Member, User, Workspace
from apps.workspaces.roles import SCOPES, Role

KEY_START = "csk"
LAST_USED_STEP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """An API key that was recognised."""

    workspace_id: UUID
    portal_id: int
    key_id: UUID
    name: str
    scopes: frozenset[str]
    time_zone: str

    @property
    def actor(self) -> Actor:
        """As it stands in the audit log."""
        return Actor(kind="key", id=str(self.key_id), label=f"API key {self.name}")


@cache
def _time_zones() -> frozenset[str]:
    """All names of time zones: to list them means to look through a folder of files."""
    return frozenset(available_timezones())


def workspace_create(*, name: str, currency: str, country: str = "", time_zone: str = "UTC") -> Workspace:
    """A new workspace. Raises InvalidInput for a currency that is not ISO 4217 or an unknown time zone."""
    faults = []
    if not name.strip() or len(name) > 100:
        faults.append(Fault("name", "length", "Give a name of 1 to 100 characters."))
    if not is_currency(currency):
        faults.append(Fault("currency", "currency", "Use an ISO 4217 code in capitals, such as EUR."))
    if time_zone not in _time_zones():
        faults.append(Fault("time_zone", "time_zone", "Use an IANA time zone, such as Europe/Amsterdam."))
    if faults:
        raise InvalidInput(*faults)
    return Workspace.objects.create(
        portal_id=10_000_000 + secrets.randbelow(89_999_999),
        name=name.strip(),
        currency=currency,
        country=country,
        time_zone=time_zone,
    )


def workspace_country_set(*, workspace_id: UUID, country: str, by: Actor, at: datetime) -> Workspace:
    """Change the default country: where telephone numbers of contacts without a country are. "" is none.

    Call inside the workspace's scope. Raises InvalidInput for what is no ISO 3166-1 alpha-2 code in capitals.
    """
    if country and country_code(country) != country:
        raise InvalidInput(Fault("country", "country", "Use an ISO 3166-1 code of two capitals, such as NL."))
    workspace = Workspace.objects.select_for_update().get(id=workspace_id)
    if workspace.country != country:
        detail = {"from": workspace.country, "to": country}
        workspace.country = country
        workspace.save(update_fields=["country"])
        audit.record(
            workspace_id=workspace_id, by=by, action="workspace.country", subject=workspace.name, at=at, detail=detail
        )
    return workspace


def retention_set(*, workspace_id: UUID, kind: str, days: int, by: Actor, at: datetime) -> Workspace:
    """Keep that kind of data for so many days from now on; what is older goes within hours.

    Call inside the workspace's scope. Raises InvalidInput for an unknown kind, and for a number of days that it does
    not allow.
    """
    known = KINDS.get(kind)
    if known is None:
        raise InvalidInput(Fault("kind", "unknown", f"Use one of {', '.join(KINDS)}."))
    if not known.least <= days <= known.most:
        raise InvalidInput(Fault("days", "range", f"Keep {kind} for {known.least} to {known.most} days."))
    workspace = Workspace.objects.select_for_update().get(id=workspace_id)
    detail = {"kind": kind, "days": days, "before": days_kept(known, workspace.retention)}
    workspace.retention = {**workspace.retention, kind: days}
    workspace.save(update_fields=["retention"])
    audit.record(
        workspace_id=workspace_id, by=by, action="workspace.retention", subject=workspace.name, at=at, detail=detail
    )
    return workspace


def member_add(*, workspace_id: UUID, user: User, role: Role, by: Actor, at: datetime) -> Member:
    """Make the user a member; call inside the workspace's scope. Raises Conflict when already one."""
    try:
        with transaction.atomic():
            member = Member.objects.create(workspace_id=workspace_id, user=user, role=role)
    except IntegrityError as error:
        raise Conflict(f"{user.email} is already a member of this workspace.") from error
    audit.record(
        workspace_id=workspace_id, by=by, action="member.add", subject=user.email, at=at, detail={"role": role}
    )
    return member


def user_language_note(*, user: User, language: str) -> None:
    """Keep the language in which the user last saw a screen: mails are written in it."""
    if language and user.language != language:
        User.objects.filter(pk=user.pk).update(language=language)


def memberships(user: User) -> list[tuple[Member, Workspace]]:
    """The user's places, oldest first: asked at sign-in, before a workspace is known."""
    with every_workspace():
        members = list(Member.objects.filter(user=user).order_by("created_at", "id"))
    by_id = Workspace.objects.in_bulk([member.workspace_id for member in members])
    return [(member, by_id[member.workspace_id]) for member in members]


def api_key_create(
    *, workspace_id: UUID, name: str, scopes: Collection[str], by: Actor, at: datetime
) -> tuple[ApiKey, str]:
    """A new key and its text, which is never to be had again. Call inside the workspace's scope.

    Raises InvalidInput for an empty name or an unknown scope, Conflict when the name is taken.
    """
    unknown = sorted(set(scopes) - SCOPES.keys())
    if not name.strip() or len(name) > 100:
        raise InvalidInput(Fault("name", "length", "Give the key a name of 1 to 100 characters."))
    if unknown or not scopes:
        known = ", ".join(SCOPES)
        raise InvalidInput(Fault("scopes", "choice", f"Choose one or more of: {known}."))
    prefix = f"{KEY_START}_{secrets.token_hex(4)}"
    text = f"{prefix}_{secrets.token_urlsafe(32)}"
    try:
        with transaction.atomic():
            key = ApiKey.objects.create(
                workspace_id=workspace_id,
                name=name.strip(),
                prefix=prefix,
                digest=_digest(text),
                scopes=sorted(set(scopes)),
                created_by=by.label,
            )
    except IntegrityError as error:
        raise Conflict(f"There is already a key named {name.strip()}; choose another name.") from error
    audit.record(workspace_id=workspace_id, by=by, action="api_key.create", subject=key.name, at=at)
    return key, text


def api_key_revoke(*, workspace_id: UUID, key_id: UUID, by: Actor, at: datetime) -> None:
    """End a key at once. Raises NotFound when this workspace has no such key in use."""
    if not ApiKey.objects.filter(id=key_id, revoked_at=None).update(revoked_at=at):
        raise NotFound("There is no such key in use.")
    audit.record(workspace_id=workspace_id, by=by, action="api_key.revoke", subject=str(key_id), at=at)


def api_key_recognise(*, text: str, at: datetime) -> Caller | None:
    """Whose key this is, or None. The comparison takes the same time for any wrong key."""
    prefix = "_".join(text.split("_", 2)[:2])  # the random part may hold underscores of its own
    with every_workspace():
        key = ApiKey.objects.filter(prefix=prefix, revoked_at=None).first()
        if not hmac.compare_digest(key.digest if key else _digest("nobody"), _digest(text)) or key is None:
            return None
        if key.last_used_at is None or at - key.last_used_at > LAST_USED_STEP:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    workspace = Workspace.objects.only("portal_id", "time_zone").get(id=key.workspace_id)
    return Caller(
        workspace_id=key.workspace_id,
        portal_id=workspace.portal_id,
        key_id=key.id,
        name=key.name,
        scopes=frozenset(key.scopes),
        time_zone=workspace.time_zone,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
