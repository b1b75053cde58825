"""Which accepted events would find a member, and why the others would not. A simulation: LinkedIn does not publish how.

Identifiers of any kind find a member by being the same; names need a company, a title or a country beside them to
single one out. An external id alone finds whom it travelled with before.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.sandbox.linkedin.schema import LEAD_URN
from apps.sandbox.worlds.linkedin import LinkedInWorld, Member

Element = Mapping[str, Any]
HASH = re.compile(r"[0-9a-f]{64}")
NOT_A_HASH = "{kind} is not 64 lower-case hexadecimal digits, so it never matches"
NOBODY = "{kind} is nobody's here"
SEVERAL = "the names fit {count} members; a company, a title or a country would tell them apart"
NO_CONTEXT = "names alone single nobody out: company, title or country is missing"
NOT_LEARNED = "the external id did not travel with an identifier that matched before"


@dataclass(frozen=True)
class Match:
    """The member an event found and by what, or why every identifier in it found nobody."""

    member: str = ""
    by: str = ""
    why_not: tuple[str, ...] = ()


def sha256(text: str) -> str:
    """Return the SHA-256 of a text as lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _email_hashes(member: Member) -> Iterable[str]:
    return (sha256("".join(email.lower().split())) for email in member.emails)


def _ip_hashes(member: Member) -> Iterable[str]:
    return map(sha256, member.ip_addresses)


# What a member is known by, per type of identifier; the types that are hashed; of others nothing is known here.
KNOWN_BY: Mapping[str, Callable[[Member], Iterable[str]]] = {
    "SHA256_EMAIL": _email_hashes,
    "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": lambda member: member.click_ids,
    "PLAINTEXT_IP_ADDRESS": lambda member: member.ip_addresses,
    "SHA256_IP_ADDRESS": _ip_hashes,
    "GOOGLE_AID": lambda member: member.device_ids,
}
HASHED = ("SHA256_EMAIL", "SHA256_IP_ADDRESS")


def matches(world: LinkedInWorld, elements: Sequence[Element]) -> list[Match]:
    """Return what each event finds, in the order in which they came: the external ids of one help the next."""
    learned: dict[str, str] = {}
    return [_match(world, element["user"], learned) for element in elements]


def _match(world: LinkedInWorld, user: Element, learned: dict[str, str]) -> Match:
    why_not: list[str] = []
    external = str((user.get("externalIds") or [""])[0])
    for by, member, reason in (*_by_ids(world, user), *_by_lead(world, user), *_by_names(world, user)):
        if member:
            if external:
                learned[external] = member
            return Match(member, by)
        why_not.append(reason)
    if external:
        if external in learned:
            return Match(learned[external], "externalIds")
        why_not.append(NOT_LEARNED)
    return Match(why_not=tuple(why_not))


# By what, the member or nothing, and then why not.
Found = tuple[str, str, str]


def _by_ids(world: LinkedInWorld, user: Element) -> Iterator[Found]:
    for each in user["userIds"]:
        kind, value = str(each["idType"]), str(each["idValue"])
        known = KNOWN_BY.get(kind)
        member = next((one.id for one in world.members if known and value in set(known(one))), "")
        malformed = kind in HASHED and HASH.fullmatch(value) is None
        yield kind, member, (NOT_A_HASH if malformed else NOBODY).format(kind=kind)


def _by_lead(world: LinkedInWorld, user: Element) -> Iterator[Found]:
    lead = str(user.get("lead") or "").removeprefix(LEAD_URN)
    if lead:
        filled_in = "a member" if any(each.id == lead for each in world.leads) else ""
        known = next((one.id for one in world.members if lead in one.leads), filled_in)
        yield "lead", known, NOBODY.format(kind="lead")


def _by_names(world: LinkedInWorld, user: Element) -> Iterator[Found]:
    info = user.get("userInfo")
    if not isinstance(info, dict):
        return
    fits = [member for member in world.members if _named(member, info)]
    context = {key: info[key] for key in ("companyName", "title", "countryCode") if info.get(key)}
    closer = [member for member in fits if _fits(member, context)]
    reason = NOBODY.format(kind="userInfo") if not closer else SEVERAL.format(count=len(closer))
    alone = closer[0].id if len(closer) == 1 and context else ""
    yield "userInfo", alone, reason if context or not fits else NO_CONTEXT


def _named(member: Member, info: Element) -> bool:
    plain = (info.get("firstName"), info.get("lastName"))
    hashed = (info.get("hashedFirstName"), info.get("hashedLastName"))
    names = tuple(re.sub(r"[\W_]", "", name).lower() for name in (member.first_name, member.last_name))
    by_plain = tuple(re.sub(r"[\W_]", "", str(name or "")).lower() for name in plain) == names
    return by_plain or hashed == tuple(map(sha256, names))


def _fits(member: Member, context: Element) -> bool:
    known = {"companyName": member.company, "title": member.title, "countryCode": member.country}
    return all(str(value).lower() == known[key].lower() for key, value in context.items())
