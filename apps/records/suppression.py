"""Erased people are known only by keyed hashes: enough to keep out what is told late, too little to tell who it was."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from apps.core import vault
from apps.domain.identity import normalise
from apps.records.models import Suppression

Key = TypeVar("Key")
_PHONES = ("phone", "mobilephone")
# One normal form for whatever network: Google's, in which all writings of a mailbox or a number are one.
_FORM = "google"


def names_in(
    properties: Mapping[str, str], *, country: str, more: Mapping[str, Iterable[str]] | None = None
) -> set[str]:
    """What names a person in a contact's properties or a form's answers, in one normal form each.

    `country` is the workspace's (for phone numbers without a code); `more` holds further names by kind.
    """
    told = [("email", properties.get("email", "")), *(("phone", properties.get(name, "")) for name in _PHONES)]
    told += [(kind, text) for kind, texts in (more or {}).items() for text in texts]
    return {name for kind, text in told if (name := _name(kind, text, properties.get("country"), country))}


def _name(kind: str, text: str, lives_in: str | None, country: str) -> str:
    if kind not in ("email", "phone"):
        return f"{kind}:{text.strip()}" if text.strip() else ""
    found = normalise(network=_FORM, field=kind, value=text, country=lives_in, default_country=country)
    if found.values:
        return f"{kind}:{found.values[0]}"
    return f"{kind}:{text.strip().lower()}" if kind == "email" and text.strip() else ""


def suppress(*, workspace_id: UUID, names: Collection[str], at: datetime) -> int:
    """Keep nothing of whom these name that happened up to now; returns how many names are kept, hashed."""
    rows = [
        Suppression(workspace_id=workspace_id, digest=vault.keyed_hashes(name)[0], erased_at=at)
        for name in sorted(names)
    ]
    Suppression.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["workspace_id", "digest"], update_fields=["erased_at"]
    )
    return len(rows)


def erased_at(names: Mapping[Key, Collection[str]]) -> dict[Key, datetime]:
    """When whom these names mean was last erased, for those who were: one query."""
    digests = {name: vault.keyed_hashes(name) for each in names.values() for name in each}
    wanted = [digest for each in digests.values() for digest in each]
    rows = Suppression.objects.filter(digest__in=wanted).values_list("digest", "erased_at")
    by_digest = dict(rows) if wanted else {}
    found: dict[Key, datetime] = {}
    for key, each in names.items():
        moments = [by_digest[digest] for name in each for digest in digests[name] if digest in by_digest]
        if moments:
            found[key] = max(moments)
    return found
