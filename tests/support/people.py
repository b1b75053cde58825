"""A history of all sorts of people: what they send in, where they come from, what they consent to, and gaps in it."""

import random
from datetime import timedelta

from django.utils import timezone

from tests.support import factories


def a_history(world, seed, *, people=30, ago=timedelta(days=5)):
    """Submissions, stage changes and completions of all sorts of people, with repeats, deals, clicks and gaps."""
    chance, now = random.Random(seed), timezone.now()  # noqa: S311 - the same history at every run
    for number in range(people):
        who = {
            "email": chance.choice([f"who{number}@example.com", "not an address"]),
            "phone": chance.choice(["06 12345678", "+31612345678", ""]),
            "firstname": chance.choice(["Jo", ""]),
            "country": chance.choice(["NL", ""]),
            world.consent_property: chance.choice(["yes", "yes", "no", ""]),
        }
        at = now - timedelta(hours=101) - ago * chance.random()
        if who["email"].startswith("who"):
            for again in range(chance.choice([1, 1, 2, 3])):
                factories.a_submission(world.form, at=at + again * timedelta(hours=chance.choice([1, 30, 50])), **who)
        clicked = str(int((at - timedelta(days=chance.choice([1, 50, 120]))).timestamp() * 1000))
        click = {"gclid": f"Cj0KCQiA_abcdefghijkl{number}", "gclid_first_seen": clicked}
        lead = {"lead_id": str(10**14 + number), "lead_id_first_seen": clicked}
        found = {**chance.choice([click, {}]), **chance.choice([lead, {}])}
        moved = {"lifecyclestage": "customer", "hs_lifecyclestage_customer_date": str(int(at.timestamp() * 1000))}
        someone = {**who, "email": f"else{number}@example.com", **found, **moved}
        contact = factories.a_contact(world.workspace, **someone)
        factories.a_completion(world.behaviour, at=at, contact_id=str(contact), value=chance.choice([None, 12]))
