"""What the stories are written with: one contact's person, clock and chance."""

import random
import string
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tools.demo.life import FUNNEL, Completion, Deal, Life, Stage, Submission
from tools.demo.people import person

T = TypeVar("T")

SITE = "https://www.convsync-demo.example"
PAGES = {"demo_request": "/demo", "contact": "/contact", "guide": "/guides/buyers-guide-2026", "newsletter": "/blog"}
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
BROWSERS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_WEBKIT} Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
)
# Addresses that the product can tell from a private network's, and one of those.
ADDRESSES = ("84.241.{}.{}", "91.198.{}.{}", "213.127.{}.{}", "2001:1c00:{:x}::{:x}", "192.168.{}.{}")
_ID = string.ascii_letters + string.digits + "-_"

# Amount, currency, stage: won, open, lost, zero, without an amount, in currencies of 0, 2 and 3 decimals.
DEALS = (
    ("1250.50", "EUR", "closedwon"),
    ("48000", "EUR", "contractsent"),
    ("19.995", "EUR", "closedwon"),
    ("7300", "EUR", "closedlost"),
    ("0", "EUR", "closedwon"),
    ("", "EUR", "qualifiedtobuy"),
    ("-150", "EUR", "closedwon"),
    ("2399.99", "USD", "closedwon"),
    ("899", "GBP", "presentationscheduled"),
    ("1250000", "JPY", "closedwon"),
    ("123.4567", "KWD", "decisionmakerboughtin"),
    ("640", "", "appointmentscheduled"),
)
COMMA = ("1.250,50", "EUR", "closedwon")  # refused: a point is the only decimal sign


class Pen:
    """Writes the life of contact `number`. The same generator state gives the same life."""

    def __init__(self, rng: random.Random, story: str, number: int, now: datetime) -> None:
        self._rng, self._now = rng, now
        self._case = f"{story} {number:05}"
        self.person = person(rng, number)

    @property
    def yes(self) -> str:
        """How this person says yes."""
        return self.person.yes

    @property
    def no(self) -> str:
        """How this person says no."""
        return self.person.no

    def life(
        self,
        properties: Mapping[str, str] | None = None,
        *,
        stages: tuple[Stage, ...] = (),
        deals: tuple[Deal, ...] = (),
        submissions: tuple[Submission, ...] = (),
        completions: tuple[Completion, ...] = (),
        correction: Mapping[str, str] | None = None,
        again: Mapping[str, str] | None = None,
        alone: bool = False,
    ) -> Life:
        """A life with the person's own properties beneath `properties`; a newcomer is not created beforehand."""
        newcomer = bool(submissions or completions) and not properties
        held = {} if newcomer else {**self.person.properties, "demo_case": self._case, **(properties or {})}
        return Life(
            case=self._case,
            properties={name: value for name, value in held.items() if value},
            stages=stages,
            deals=deals,
            submissions=submissions,
            completions=completions,
            email=self.person.email if completions else "",
            correction=correction,
            again=again,
            alone=alone,
        )

    def chance(self, probability: float) -> bool:
        """Whether something that rarely happens does."""
        return self._rng.random() < probability

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self._rng.randint(least, most)

    def one_of(self, *choices: T) -> T:
        """One of them."""
        return self._rng.choice(choices)

    def ago(self, *, days: int = 0, hours: int = 0) -> datetime:
        """A moment before now, to the second; negative numbers lie ahead."""
        moment = self._now - timedelta(days=days, hours=hours, seconds=self._rng.randint(0, 3000))
        return moment.replace(microsecond=0)

    def iso(self, *, days: int) -> str:
        """A moment before now as clients write it."""
        return self.ago(days=days).isoformat()

    def consents(self) -> dict[str, str]:
        """Both consents: mostly given, sometimes refused, sometimes never asked."""
        ads = self.one_of("granted", "granted", "granted", "Granted ", "denied", "")
        return {"marketing_consent": self.answer(), "ads_consent": ads}

    def answer(self) -> str:
        """What this person says about marketing: mostly yes."""
        return self.one_of(self.yes, self.yes, self.yes.upper(), self.no, "")

    def if_known(self) -> dict[str, str]:
        """The consents of a contact that was there before the form, or nothing for a newcomer."""
        return {"ads_consent": "granted"} if self.chance(0.4) else {}

    def correction(self) -> dict[str, str] | None:
        """What a colleague puts right afterwards, now and then."""
        return {"jobtitle": "CEO", "city": "Zürich"} if self.chance(0.2) else None

    def funnel(self) -> tuple[Stage, ...]:
        """The first few stages: all of them now, or dated over the past days by a system that syncs late."""
        depth = self._rng.randint(1, len(FUNNEL))
        if self.chance(0.5):
            return tuple(Stage(name) for name in FUNNEL[:depth])
        return tuple(Stage(name, self.ago(days=5 - step)) for step, name in enumerate(FUNNEL[:depth]))

    def deals(self) -> tuple[Deal, ...]:
        """None, one or two; the second counts, being associated last."""
        count = self.one_of(0, 1, 1, 1, 2)
        wanted = [COMMA if self.chance(0.01) else self._rng.choice(DEALS) for _ in range(count)]
        return tuple(self.deal(*each, number=number) for number, each in enumerate(wanted))

    def deal(self, amount: str, currency: str, stage: str, *, number: int = 0) -> Deal:
        """A deal in the default pipeline."""
        named = {"dealname": f"{self._case} #{number}", "pipeline": "default", "dealstage": stage}
        given = {"amount": amount, "deal_currency_code": currency}
        held = {name: value for name, value in {**named, **given}.items() if value}
        return Deal(held, refused=amount == COMMA[0])

    def submission(self, form: str, marketing_consent: str, **fields: str) -> Submission:
        """The form filled in by this person from a page of the site, now and then straight from an ad."""
        wanted = ("email", "firstname", "lastname", "phone", "company", "jobtitle", "address", "zip", "city", "country")
        held = {name: self.person.properties.get(name, "") for name in wanted} | fields
        held["marketing_consent"] = marketing_consent
        return Submission(
            form=form,
            fields={name: value for name, value in held.items() if value},
            page_url=self.page(form, self._from_an_ad()),
            user_agent=self._rng.choice(BROWSERS),
            ip_address=self._rng.choice(ADDRESSES).format(self.between(1, 250), self.between(1, 250)),
        )

    def completion(self, behaviour: str, value: str = "", currency: str = "", **changes: Any) -> Completion:
        """The custom event completed by this person on the site, now or in the past days."""
        known = {
            "page_url": f"{SITE}/app",
            "user_agent": self._rng.choice(BROWSERS),
            "at": self.one_of(None, self.ago(hours=self.between(1, 60))),
            "by_hubspot": self.chance(0.5),
        }
        return Completion(behaviour, self.uuid(), value, currency, **{**known, **changes})

    def page(self, form: str, query: str = "") -> str:
        """The page that a form stands on."""
        return f"{SITE}{PAGES[form]}{query}"

    def gclid(self) -> str:
        """A Google click id."""
        return self.one_of("Cj0KCQiA", "EAIaIQobChMI") + self._signs(52)

    def lead_id(self) -> str:
        """A Facebook lead's id, now and then as Meta's own export writes it."""
        return f"{self.one_of('', '', '', 'l:')}{self._rng.randint(10**15, 10**16 - 1)}"

    def uuid(self) -> str:
        """A random UUID."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def _from_an_ad(self) -> str:
        tagged = {
            "gclid": f"?utm_source=google&gclid={self.gclid()}",
            "fbclid": f"?utm_source=facebook&fbclid=IwAR{self._signs(57)}",
            "li_fat_id": f"?utm_source=linkedin&li_fat_id={self.uuid()}",
        }
        return self.one_of("", "", *tagged.values())

    def _signs(self, count: int) -> str:
        return "".join(self._rng.choices(_ID, k=count))
