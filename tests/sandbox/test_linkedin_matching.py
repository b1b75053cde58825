"""LinkedIn's "Matching" view: invented members, what accepted events find, counters that run behind (S9)."""

from typing import Any

import pytest
import requests

from tests.sandbox.callers import EMAIL, Control, LinkedIn, rule, sha256

CLICK = "11111111-2222-4333-8444-555555555555"


def by(kind: str, value: str, **more: Any) -> dict[str, Any]:
    """A user with one identifier, and what stands beside it."""
    return {"userIds": [{"idType": kind, "idValue": value}]} | more


def named(first: str, last: str, **more: str) -> dict[str, Any]:
    """A user with names."""
    return {"userIds": [], "userInfo": {"firstName": first, "lastName": last} | more}


def report(control: Control) -> Any:
    """What the view says, as JSON."""
    answer = requests.get(f"{control.url}/linkedin/_sandbox/matches", timeout=10)
    answer.raise_for_status()
    return answer.json()


def newest(control: Control) -> tuple[Any, Any, list[str]]:
    """The member that the newest event found, by what, and why it counts for no campaign."""
    event = report(control)["events"][0]
    return event["member"], event["by"], event["why_not"]


@pytest.mark.parametrize(
    ("user", "member", "found_by"),
    [
        (by("SHA256_EMAIL", EMAIL), "member-1", "SHA256_EMAIL"),
        (by("SHA256_EMAIL", sha256("anna@voorbeeld.nl")), "member-2", "SHA256_EMAIL"),
        (by("LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", CLICK), "member-1", "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID"),
        (named("Anna", "De Vries", companyName="voorbeeld"), "member-2", "userInfo"),
        (named("Mike", "Example", countryCode="NL"), "member-3", "userInfo"),
        (
            by("SHA256_EMAIL", sha256("x")) | {"userInfo": named("Mike", "Example", title="Buyer")["userInfo"]},
            "member-1",
            "userInfo",
        ),
    ],
)
def test_linkedin_s9_an_event_finds_a_seeded_member(
    linkedin: LinkedIn, control: Control, user: dict[str, Any], member: str, found_by: str
) -> None:
    assert linkedin.send(linkedin.element(user=user)).status_code == 201
    assert newest(control) == (member, found_by, [])


@pytest.mark.parametrize(
    ("user", "why"),
    [
        (by("SHA256_EMAIL", sha256("nobody@example.com")), "SHA256_EMAIL is nobody's here"),
        (by("SHA256_EMAIL", EMAIL.upper()), "64 lower-case hexadecimal digits"),
        (by("SHA256_EMAIL", sha256("Mike@Example.com")), "nobody's"),
        (by("PLAINTEXT_IP_ADDRESS", "999.999.999.999"), "nobody's"),
        (by("ACXIOM_ID", "1"), "nobody's"),
        (named("Mike", "Example"), "names alone"),
        (named("Jan", "Jansen", companyName="Voorbeeld"), "nobody's"),
        ({"userIds": [], "externalIds": ["crm-1"]}, "did not travel"),
        ({"userIds": [], "lead": "urn:li:leadGenFormResponse:gone-1"}, "lead is nobody's"),
    ],
)
def test_linkedin_s9_it_says_why_an_event_finds_nobody(
    linkedin: LinkedIn, control: Control, user: dict[str, Any], why: str
) -> None:
    assert linkedin.send(linkedin.element(user=user)).status_code == 201
    member, found_by, reasons = newest(control)
    assert (member, found_by) == (None, None)
    assert any(why in reason for reason in reasons), reasons


def test_linkedin_s9_names_that_fit_several_need_telling_apart(linkedin: LinkedIn, control: Control) -> None:
    members = [{"id": str(n), "first_name": "Jo", "last_name": "Li", "country": "NL"} for n in range(2)]
    control.change_world("linkedin", members=members)
    linkedin.send(linkedin.element(user=named("Jo", "Li", countryCode="NL")))
    assert "fit 2 members" in newest(control)[2][0]


def test_linkedin_s9_hashed_names_find_the_same_member(linkedin: LinkedIn, control: Control) -> None:
    info = {"hashedFirstName": sha256("anna"), "hashedLastName": sha256("devries"), "countryCode": "NL"}
    linkedin.send(linkedin.element(user={"userIds": [], "userInfo": info}))
    assert newest(control)[:2] == ("member-2", "userInfo")


def test_linkedin_s9_an_external_id_is_learned_beside_an_identifier_that_matched(
    linkedin: LinkedIn, control: Control
) -> None:
    alone = linkedin.element(user={"userIds": [], "externalIds": ["crm-1", "crm-2"]})
    linkedin.send(alone)
    assert newest(control)[0] is None
    linkedin.send(linkedin.element(user=by("SHA256_EMAIL", EMAIL, externalIds=["crm-1"])))
    linkedin.send(alone)
    assert newest(control)[:2] == ("member-1", "externalIds")


def test_linkedin_s9_a_lead_finds_who_filled_the_form_in(linkedin: LinkedIn, control: Control) -> None:
    control.touched = True
    filled = requests.post(f"{control.url}/linkedin/_sandbox/fill-in", json={}, timeout=10).json()
    lead = f"urn:li:leadGenFormResponse:{filled['lead']}"
    linkedin.send(linkedin.element(user={"userIds": [], "lead": lead}))
    assert newest(control)[:2] == ("a member", "lead")


def test_linkedin_s9_what_matches_counts_only_through_a_rule_that_is_on_and_has_campaigns(
    linkedin: LinkedIn, control: Control
) -> None:
    linkedin.send(linkedin.element(conversion=rule(104002)))
    assert newest(control) == ("member-1", "SHA256_EMAIL", ["its rule is linked to no campaign"])
    control.change("linkedin", "rules", "104001", enabled=False)
    linkedin.send(linkedin.element())
    assert newest(control)[2] == ["its rule is disabled"]
    assert [event["attributed"] for event in report(control)["events"]] == [False, False]


def test_linkedin_s9_a_refused_event_and_the_browsers_twin_are_not_looked_at(
    linkedin: LinkedIn, control: Control
) -> None:
    control.change_world("linkedin", tag_events=[{"account": "507001001", "event_id": "twin"}])
    linkedin.send(linkedin.element(eventId="twin"))
    linkedin.send(linkedin.element(extra=1))
    assert report(control)["events"] == []


def test_linkedin_s9_the_counters_run_behind_and_the_stamp_moves_at_once(linkedin: LinkedIn, control: Control) -> None:
    control.change_world("linkedin", counter_lag=3600)
    linkedin.batch(linkedin.element(), linkedin.element(user=by("SHA256_EMAIL", sha256("nobody"))))

    def counted() -> tuple[int, int, int, int]:
        (mine,) = [each for each in report(control)["rules"] if each["rule"] == "104001"]
        assert mine["last_received_at"]
        return mine["received"], mine["matched"], mine["attributed"], mine["not_yet_counted"]

    assert counted() == (0, 0, 0, 2)
    control.set_clock(minutes=61)
    assert counted() == (2, 1, 1, 0)


def test_linkedin_s9_the_page_says_that_it_is_a_simulation(linkedin: LinkedIn, control: Control) -> None:
    url = f"{control.url}/linkedin/_sandbox/matching"
    assert "No event was accepted yet" in requests.get(url, timeout=10).text
    linkedin.send(linkedin.element(eventId="one"))
    linkedin.send(linkedin.element(eventId="two", user=by("SHA256_EMAIL", sha256("nobody"))))
    shown = requests.get(url, timeout=10).text
    assert "<strong>Simulation.</strong>" in shown
    for words in ("member-1 by SHA256_EMAIL", "No match", "is nobody&#x27;s here", "not counted yet", "one", "two"):
        assert words in shown, words
    assert EMAIL not in shown
    assert report(control)["simulation"] is True
