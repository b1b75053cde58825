"""The world all networks live in: a fixed default, replaced per network on request, and a clock that can be moved."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.sandbox.models import Desk, NetworkWorld
from apps.sandbox.structure import BadStructure, build, plain
from apps.sandbox.worlds.facebook import DEFAULT as FACEBOOK
from apps.sandbox.worlds.facebook import FacebookWorld
from apps.sandbox.worlds.google import DEFAULT as GOOGLE
from apps.sandbox.worlds.google import GoogleWorld
from apps.sandbox.worlds.linkedin import DEFAULT as LINKEDIN
from apps.sandbox.worlds.linkedin import LinkedInWorld

# The most the clock can be moved, so that every time stays one that datetime and PostgreSQL can hold.
FARTHEST = timedelta(days=3650)


W = TypeVar("W")


@dataclass(frozen=True)
class World:
    """One consistent state of all three networks."""

    facebook: FacebookWorld = FACEBOOK
    google: GoogleWorld = GOOGLE
    linkedin: LinkedInWorld = LINKEDIN


NETWORKS = ("facebook", "google", "linkedin")
_cached: tuple[int, World] = (0, World())


def current() -> tuple[World, datetime]:
    """Return the world and the sandbox's time. Costs one small query; a world is built again only when it changed."""
    global _cached  # noqa: PLW0603 - the cache of this process; the revision in the database decides
    desk = Desk.objects.filter(pk=1).values_list("revision", "offset_seconds").first() or (0, 0)
    revision, world = _cached
    if revision != desk[0]:
        world = build(World, {row.network: row.data for row in NetworkWorld.objects.all()})
        _cached = (desk[0], world)
    return world, timezone.now() + timedelta(seconds=desk[1])


def replace(changes: object) -> World:
    """Replace the worlds of the networks named in `changes` (JSON); raises `BadStructure` naming the field at fault."""
    checked = build(World, changes)
    with transaction.atomic():
        for network in changes if isinstance(changes, Mapping) else ():
            data = plain(getattr(checked, network))
            NetworkWorld.objects.update_or_create(network=network, defaults={"data": data})
        _turn(revision=F("revision") + 1)
    return current()[0]


def amend(network: str, edit: Callable[[W], W]) -> W:
    """Change what exists at one network with `edit`, one change at a time; return its world as it is then."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(f"{network} world".encode()) - 2**31])
        edited: W = edit(getattr(current()[0], network))
        amended: W = getattr(replace({network: plain(edited)}), network)
    return amended


def restore() -> World:
    """Bring the default world back for every network."""
    with transaction.atomic():
        NetworkWorld.objects.all().delete()
        _turn(revision=F("revision") + 1)
    return current()[0]


def set_clock(offset_seconds: object) -> datetime:
    """Move the sandbox's clock by whole seconds from the real time and return its time."""
    if type(offset_seconds) is not int or abs(offset_seconds) > FARTHEST.total_seconds():
        raise BadStructure(
            "offset_seconds", f"must be a whole number of seconds, at most {FARTHEST.days} days either way"
        )
    _turn(offset_seconds=offset_seconds)
    return current()[1]


def _turn(**changes: object) -> None:
    Desk.objects.get_or_create(pk=1)
    Desk.objects.filter(pk=1).update(**changes)
