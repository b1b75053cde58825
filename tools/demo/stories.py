"""The demo's stories: for each kind of contact how many there are, what happens, and which reasons it must run into."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from tools.demo.life import Life, Stage
from tools.demo.pen import Pen


@dataclass(frozen=True, slots=True)
class Story:
    """`share` of all contacts (at least `LEAST` of them); `shows` are the reasons that are sure to follow."""

    tell: Callable[[Pen], Life]
    share: float
    shows: frozenset[str] = frozenset()


def _only_there(pen: Pen) -> Life:
    return pen.life(stages=(Stage("subscriber"),), alone=pen.chance(0.1))


def _organic(pen: Pen) -> Life:
    return pen.life(pen.consents(), stages=pen.funnel(), deals=pen.deals(), alone=pen.chance(0.03))


def _facebook_lead(pen: Pen) -> Life:
    found = {"lead_id": pen.lead_id(), "lead_id_first_seen": pen.iso(days=pen.between(7, 30))}
    return pen.life({**found, **pen.consents()}, stages=pen.funnel(), deals=pen.deals(), correction=pen.correction())


def _google_click(pen: Pen) -> Life:
    name = pen.one_of("gclid", "gclid", "hs_google_click_id", "gbraid", "wbraid")
    kind = "gclid" if name == "hs_google_click_id" else name
    found = {name: pen.gclid(), f"{kind}_first_seen": pen.iso(days=pen.between(8, 80))}
    return pen.life({**found, **pen.consents()}, stages=pen.funnel(), deals=pen.deals(), correction=pen.correction())


def _linkedin_click(pen: Pen) -> Life:
    found = {"li_fat_id": pen.uuid(), "li_fat_id_first_seen": pen.iso(days=pen.between(7, 60))}
    return pen.life({**found, **pen.consents()}, stages=pen.funnel(), deals=pen.deals())


def _demo_request(pen: Pen) -> Life:
    return pen.life(pen.if_known(), submissions=(pen.submission("demo_request", pen.answer()),))


def _contact_form(pen: Pen) -> Life:
    message = {
        "message": pen.one_of("Graag een offerte!", "Bitte um Rückruf.", "見積もりをお願いします", "<script>1</script>")
    }
    return pen.life(pen.if_known(), submissions=(pen.submission("contact", pen.answer(), **message),))


def _guide(pen: Pen) -> Life:
    return pen.life(pen.if_known(), submissions=(pen.submission("guide", pen.answer()),))


def _newsletter(pen: Pen) -> Life:
    return pen.life({}, submissions=(pen.submission("newsletter", pen.answer()),))


def _newsletter_weak(pen: Pen) -> Life:
    sent = pen.submission("newsletter", pen.yes, city="Utrecht", country="NL", gender="female", zip="3511 LX")
    return pen.life({}, submissions=(replace(sent, page_url=pen.page("newsletter")),))


def _newsletter_bare(pen: Pen) -> Life:
    sent = pen.submission("newsletter", pen.yes)
    bare = {name: sent.fields[name] for name in ("email", "marketing_consent")}
    return pen.life({}, submissions=(replace(sent, fields=bare, page_url=pen.page("newsletter")),))


def _refuses(pen: Pen) -> Life:
    return pen.life({}, submissions=(pen.submission(pen.one_of("demo_request", "guide"), pen.no),))


def _says_nothing(pen: Pen) -> Life:
    return pen.life({}, submissions=(pen.submission(pen.one_of("demo_request", "guide"), ""),))


def _sent_twice(pen: Pen) -> Life:
    sent = pen.submission(pen.one_of("demo_request", "guide"), pen.yes)
    return pen.life({}, submissions=(replace(sent, times=2),))


def _sent_again_in_capitals(pen: Pen) -> Life:
    first = pen.submission("guide", pen.yes)
    second = replace(first, fields={**first.fields, "email": pen.person.email.upper()})
    return pen.life({}, submissions=(first, second))


def _sent_late(pen: Pen) -> Life:
    """Queued in somebody's own system for days: too late for Google (24 hours) and Facebook (7 days)."""
    form, days = pen.one_of(("contact", 2), ("demo_request", 9))
    return pen.life({}, submissions=(replace(pen.submission(form, pen.yes), submitted_at=pen.ago(days=days)),))


def _sent_earlier(pen: Pen) -> Life:
    form = pen.one_of("demo_request", "guide", "contact")
    sent = replace(pen.submission(form, pen.yes), submitted_at=pen.ago(hours=pen.between(1, 20)))
    return pen.life({}, submissions=(sent,))


def _clock_ahead(pen: Pen) -> Life:
    sent = replace(pen.submission("demo_request", pen.yes), submitted_at=pen.ago(hours=-2))
    return pen.life({"ads_consent": "granted"}, stages=(Stage("customer", pen.ago(hours=-3)),), submissions=(sent,))


def _no_user_agent(pen: Pen) -> Life:
    return pen.life({}, submissions=(replace(pen.submission("demo_request", pen.yes), user_agent=""),))


def _no_page(pen: Pen) -> Life:
    return pen.life({}, submissions=(replace(pen.submission("demo_request", pen.yes), page_url=""),))


def _nobody(pen: Pen) -> Life:
    """A row without anything to know a person by."""
    nothing = dict.fromkeys((*pen.person.properties, "email"), "")
    return pen.life({**nothing, "jobtitle": "Office"}, stages=(Stage("marketingqualifiedlead"),))


def _odd_currency(pen: Pen) -> Life:
    deal = pen.deal("1200", pen.one_of("XXQ", "EUU", "ZZZ"), "closedwon")
    return pen.life({"ads_consent": "granted"}, stages=(Stage("customer"),), deals=(deal,))


def _imported_history(pen: Pen) -> Life:
    at = pen.ago(days=pen.between(900, 1300))
    return pen.life(pen.consents(), stages=(Stage(pen.one_of("lead", "customer"), at),))


def _late_sync(pen: Pen) -> Life:
    found = {"lead_id": pen.lead_id(), "lead_id_first_seen": pen.iso(days=60), "ads_consent": "granted"}
    late = (Stage("lead", pen.ago(days=20)), Stage("opportunity", pen.ago(days=10)))
    return pen.life(found, stages=late, deals=pen.deals())


def _old_click(pen: Pen) -> Life:
    found = {"gclid": pen.gclid(), "gclid_first_seen": pen.iso(days=pen.between(95, 300)), "ads_consent": "granted"}
    return pen.life(found, stages=(Stage("lead"), Stage("salesqualifiedlead")))


def _before_the_click(pen: Pen) -> Life:
    found = {"gclid": pen.gclid(), "gclid_first_seen": pen.iso(days=2), "ads_consent": "granted"}
    return pen.life(found, stages=(Stage("lead", pen.ago(days=4)), Stage("customer")), deals=pen.deals())


def _before_the_lead(pen: Pen) -> Life:
    found = {"lead_id": pen.lead_id(), "lead_id_first_seen": pen.iso(days=1), "ads_consent": "granted"}
    return pen.life(found, stages=(Stage("lead", pen.ago(days=3)), Stage("marketingqualifiedlead")))


def _came_back(pen: Pen) -> Life:
    """A stage that is reached twice counts twice (A09)."""
    found = {"gclid": pen.gclid(), "gclid_first_seen": pen.iso(days=30), "lead_id": pen.lead_id()}
    found |= {"lead_id_first_seen": pen.iso(days=9), "ads_consent": "granted"}
    days = ((5, "lead"), (4, "marketingqualifiedlead"), (3, "lead"), (2, "other"), (1, "lead"))
    return pen.life(found, stages=tuple(Stage(name, pen.ago(days=ago)) for ago, name in days))


def _entered_twice(pen: Pen) -> Life:
    other = {"email": pen.person.email.upper(), "lastname": "Entered Twice", "jobtitle": "Duplicate"}
    return pen.life(pen.consents(), stages=(Stage("lead"),), again=other)


def _trial(pen: Pen) -> Life:
    found = {"gclid": pen.gclid(), "gclid_first_seen": pen.iso(days=pen.between(8, 60))}
    found |= {"li_fat_id": pen.uuid(), "li_fat_id_first_seen": pen.iso(days=pen.between(7, 60))}
    return pen.life({**found, "ads_consent": "granted"}, completions=(pen.completion("trial"),))


def _orders(pen: Pen) -> Life:
    found = {"gclid": pen.gclid(), "gclid_first_seen": pen.iso(days=pen.between(8, 60)), "ads_consent": "granted"}
    worth = (("49.95", "EUR"), ("1200", "JPY"), ("0", "EUR"), ("19.995", "USD"), ("8", ""), ("", ""))
    return pen.life(
        found, completions=tuple(pen.completion("order", *pen.one_of(*worth)) for _ in range(pen.between(1, 3)))
    )


def _order_told_twice(pen: Pen) -> Life:
    """Told twice under one id, as a client that heard no answer does: it counts once."""
    return pen.life({"ads_consent": "granted"}, completions=(pen.completion("order", "15", "EUR", times=2),))


def _order_in_the_app(pen: Pen) -> Life:
    ordered = pen.completion("order", "5", "EUR", action_source="app", page_url="", user_agent="")
    return pen.life({"ads_consent": "granted"}, completions=(ordered,))


def _order_without_a_page(pen: Pen) -> Life:
    ordered = pen.completion("order", "5", "EUR", page_url="", by_hubspot=False)
    return pen.life({"ads_consent": "granted"}, completions=(ordered,))


def _webinar(pen: Pen) -> Life:
    return pen.life({"ads_consent": "granted"}, completions=(pen.completion("webinar"),))


def _webinar_newcomer(pen: Pen) -> Life:
    """Nobody knows them yet: the address makes a contact, and unknown consent means no."""
    return pen.life({}, completions=(pen.completion("webinar"),))


def _refused_row(pen: Pen) -> Life:
    wrong = pen.one_of(
        {"email": "jan@@bedrijf.example"},
        {"email": "not an address"},
        {"lifecyclestage": "stamgast"},
        {"lead_id_first_seen": "yesterday"},
        {"hs_predictivecontactscore_v2": "high"},
        {"email": f"{'a' * 250}@mail.example"},
    )
    return replace(pen.life(wrong), refused=True)


_NO_AD = frozenset({"no_lead", "no_click"})

STORIES: dict[str, Story] = {
    "only_there": Story(_only_there, 0.06),
    "organic": Story(_organic, 0.135, _NO_AD),
    "facebook_lead": Story(_facebook_lead, 0.16),
    "google_click": Story(_google_click, 0.17),
    "linkedin_click": Story(_linkedin_click, 0.12, _NO_AD),
    "demo_request": Story(_demo_request, 0.06),
    "contact_form": Story(_contact_form, 0.05, frozenset({"manager_account"})),
    "guide": Story(_guide, 0.03),
    "newsletter": Story(_newsletter, 0.02, frozenset({"event_off"})),
    "newsletter_weak": Story(_newsletter_weak, 0.005, frozenset({"weak_identifiers", "event_off"})),
    "newsletter_bare": Story(_newsletter_bare, 0.005, frozenset({"no_identifier", "event_off"})),
    "refuses": Story(_refuses, 0.005, frozenset({"consent_denied"})),
    "says_nothing": Story(_says_nothing, 0.005, frozenset({"consent_unknown"})),
    "sent_twice": Story(_sent_twice, 0.01, frozenset({"duplicate"})),
    "sent_again_in_capitals": Story(_sent_again_in_capitals, 0.005, frozenset({"duplicate"})),
    "sent_late": Story(_sent_late, 0.005, frozenset({"too_old"})),
    "sent_earlier": Story(_sent_earlier, 0.005),
    "clock_ahead": Story(_clock_ahead, 0.005, frozenset({"in_the_future"})),
    "no_user_agent": Story(_no_user_agent, 0.005, frozenset({"no_user_agent"})),
    "no_page": Story(_no_page, 0.005, frozenset({"no_page_url"})),
    "nobody": Story(_nobody, 0.005, frozenset({"no_identifier"})),
    "odd_currency": Story(_odd_currency, 0.005, frozenset({"bad_currency"})),
    "imported_history": Story(_imported_history, 0.01, frozenset({"before_event"})),
    "late_sync": Story(_late_sync, 0.01, frozenset({"too_old"})),
    "old_click": Story(_old_click, 0.01, frozenset({"click_too_old"})),
    "before_the_click": Story(_before_the_click, 0.01, frozenset({"before_click"})),
    "before_the_lead": Story(_before_the_lead, 0.01, frozenset({"before_lead"})),
    "came_back": Story(_came_back, 0.005),
    "entered_twice": Story(_entered_twice, 0.01),
    "trial": Story(_trial, 0.02),
    "orders": Story(_orders, 0.02),
    "order_told_twice": Story(_order_told_twice, 0.005, frozenset({"no_click"})),
    "order_in_the_app": Story(_order_in_the_app, 0.005, frozenset({"action_source_not_taken"})),
    "order_without_a_page": Story(_order_without_a_page, 0.005, frozenset({"no_page_url"})),
    "webinar": Story(_webinar, 0.01),
    "webinar_newcomer": Story(_webinar_newcomer, 0.005, frozenset({"consent_unknown"})),
    "refused_row": Story(_refused_row, 0.005),
}
LEAST = 2


def lives(*, contacts: int, seed: int, now: datetime) -> list[Life]:
    """The demo's cast: `contacts` lives or a few more, in an order of their own; equal arguments, equal lives."""
    rng = random.Random(seed)  # noqa: S311 - the same seed must give the same demo
    names = [name for name, story in STORIES.items() for _ in range(max(LEAST, round(story.share * contacts)))]
    names += ["organic"] * (contacts - len(names))
    rng.shuffle(names)
    return [STORIES[name].tell(Pen(rng, name, number, now)) for number, name in enumerate(names)]


def reasons_shown() -> frozenset[str]:
    """Every reason for a block that the stories are sure to run into."""
    return frozenset().union(*(story.shows for story in STORIES.values()))
