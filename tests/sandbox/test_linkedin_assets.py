"""LinkedIn's accounts, roles, campaigns and rules in the sandbox: as the real ones page, refuse and change."""

from typing import Any

import pytest
import requests

from tests.sandbox.callers import LINKEDIN_TOKEN, Control, LinkedIn, now_ms, rule

ACCOUNT = "urn:li:sponsoredAccount:507001001"
NEW = {"name": "Demo", "account": ACCOUNT, "conversionMethod": "CONVERSIONS_API", "type": "QUALIFIED_LEAD"}
MANY = [{"id": str(600000 + number), "account": "507001001", "name": f"C{number}"} for number in range(25)]


@pytest.fixture
def rest(linkedin: LinkedIn) -> "Rest":
    """Calls to /rest whose changes are taken back afterwards."""
    linkedin.control.touched = True
    return Rest(linkedin)


class Rest:
    """The management resources."""

    def __init__(self, linkedin: LinkedIn) -> None:
        self.linkedin = linkedin

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Call a resource as the sandbox's token."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.linkedin.control.url}/linkedin/rest/{path}"
        return self.linkedin.session.request(
            method, url, json=body, headers=self.linkedin.headers() | given, timeout=10
        )

    def elements(self, path: str) -> list[Any]:
        """The elements of one page."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["elements"]


@pytest.mark.parametrize(
    "path",
    [
        "me",
        "adAccounts?q=search",
        "adAccountUsers?q=authenticatedUser",
        "adAccounts/507001001/adCampaigns?q=search",
        f"conversions?q=account&account={ACCOUNT}",
        f"conversions/104001?account={ACCOUNT}",
        f"leadForms?q=owner&owner=(sponsoredAccount:{ACCOUNT})",
        f"leadFormResponses?q=owner&owner=(sponsoredAccount:{ACCOUNT})&leadType=(leadType:SPONSORED)",
    ],
)
def test_linkedin_s1_it_serves_every_resource_that_is_read(rest: Rest, path: str) -> None:
    answer = rest.call("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-RestLi-Protocol-Version"] == "2.0.0"
    assert answer.headers["x-li-uuid"]
    assert rest.call("DELETE", path).status_code == 405


def test_linkedin_s1_it_lists_the_accounts_that_match_the_search(rest: Rest, control: Control) -> None:
    control.change_world(
        "linkedin",
        accounts=[{"id": "507001001"}, {"id": "507001002", "test": True}, {"id": "507001003", "status": "DRAFT"}],
    )
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, accounts=["507001001", "507001002", "507001003"])
    search = "adAccounts?q=search&search=(status:(values:List(ACTIVE)),test:false)"
    assert [each["id"] for each in rest.elements(search)] == [507001001]
    assert len(rest.elements("adAccounts?q=search")) == 3
    assert rest.call("GET", "adAccounts?q=search&search=(status:ACTIVE)").status_code == 400
    assert rest.call("GET", "adAccounts").status_code == 400


def test_linkedin_s1_s7_it_tells_the_role_only_among_the_account_users(rest: Rest, control: Control) -> None:
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, role="VIEWER")
    users = rest.elements("adAccountUsers?q=authenticatedUser")
    assert [(each["account"], each["role"]) for each in users] == [(ACCOUNT, "VIEWER")]
    assert "role" not in rest.elements("adAccounts?q=search")[0]


def test_linkedin_s1_it_pages_by_start_and_count_and_never_counts(rest: Rest) -> None:
    path = f"conversions?q=account&account={ACCOUNT}"
    answer = rest.call("GET", f"{path}&start=0&count=3").json()
    assert (len(answer["elements"]), answer["paging"]["total"]) == (3, -1)
    assert len(rest.elements(f"{path}&start=3&count=3")) == 1
    assert rest.elements(f"{path}&start=9&count=3") == []
    assert rest.call("GET", f"{path}&count=few").status_code == 400


def test_linkedin_s1_it_pages_by_token(rest: Rest, control: Control) -> None:
    control.change_world("linkedin", campaigns=MANY)
    path, seen, token = "adAccounts/507001001/adCampaigns?q=search&pageSize=10", [], ""
    for size in (10, 10, 5):
        answer = rest.call("GET", path + (f"&pageToken={token}" if token else "")).json()
        assert len(answer["elements"]) == size
        seen += [each["id"] for each in answer["elements"]]
        token = answer["metadata"].get("nextPageToken", "")
    assert len(set(seen)) == 25
    assert not token
    assert len(rest.elements("adAccounts/507001001/adCampaigns?q=search")) == 10
    assert rest.call("GET", f"{path}&pageToken=mine").status_code == 400


def test_linkedin_s1_it_lists_rules_of_every_method_and_shows_their_campaigns(rest: Rest) -> None:
    rules = rest.elements(f"conversions?q=account&account={ACCOUNT}")
    assert {each["conversionMethod"] for each in rules} == {"CONVERSIONS_API", "INSIGHT_TAG"}
    assert rules[0]["associatedCampaigns"] == [{"campaign": "urn:li:sponsoredCampaign:600001"}]


def test_linkedin_s1_it_makes_a_rule_that_takes_events(rest: Rest, linkedin: LinkedIn) -> None:
    answer = rest.call("POST", "conversions?autoAssociationType=ALL_CAMPAIGNS", NEW)
    assert answer.status_code == 201
    number = answer.headers["x-restli-id"]
    assert answer.headers["Location"] == f"/conversions/{number}"
    assert answer.json()["postClickAttributionWindowSize"] == 30
    read = rest.call("GET", f"conversions/{number}?account={ACCOUNT}").json()
    assert [each["campaign"][-6:] for each in read["associatedCampaigns"]] == ["600001", "600002"]
    assert linkedin.send(linkedin.element(conversion=rule(int(number)))).status_code == 201


def test_linkedin_s1_it_makes_a_second_rule_of_a_repeated_call(rest: Rest) -> None:
    first, second = (rest.call("POST", "conversions", NEW).headers["x-restli-id"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": None}, "/name :: field is required"),
        ({"type": "CUSTOMER"}, '/type :: "CUSTOMER" is not an enum symbol'),
        ({"type": "DOWNLOAD", "postClickAttributionWindowSize": 365}, "/postClickAttributionWindowSize :: 365"),
        ({"viewThroughAttributionWindowSize": 14}, "/viewThroughAttributionWindowSize :: 14"),
        ({"account": "507001001"}, "/account :: Invalid prefix"),
        ({"budget": 1}, "/budget :: unrecognized field"),
        ({"enabled": "yes"}, '/enabled :: "yes" cannot be coerced to Boolean'),
    ],
)
def test_linkedin_s4_it_refuses_a_rule_of_the_wrong_structure(rest: Rest, changes: dict[str, Any], fault: str) -> None:
    body = {key: value for key, value in (NEW | changes).items() if value is not None}
    answer = rest.call("POST", "conversions", body)
    assert answer.status_code == 422
    assert f"ERROR :: {fault}" in answer.json()["message"]


@pytest.mark.parametrize(
    ("version", "kind", "days", "status"),
    [
        ("202607", "SALES_QUALIFIED_LEAD", 30, 422),
        ("202608", "SALES_QUALIFIED_LEAD", 365, 201),
        ("202607", "PURCHASE", 180, 201),
        ("202607", "OTHER", 180, 422),
    ],
)
def test_linkedin_s6_the_version_decides_about_types_and_windows(
    rest: Rest, version: str, kind: str, days: int, status: int
) -> None:
    body = NEW | {"type": kind, "postClickAttributionWindowSize": days}
    assert rest.call("POST", "conversions", body, LinkedIn_Version=version).status_code == status


def test_linkedin_s1_it_changes_a_rule_but_never_its_account(rest: Rest) -> None:
    path = f"conversions/104002?account={ACCOUNT}"
    patch = {"patch": {"$set": {"enabled": False, "name": "Client"}}}
    assert rest.call("POST", path, patch).status_code == 400
    assert rest.call("POST", path, patch, X_RestLi_Method="PARTIAL_UPDATE").status_code == 204
    read = rest.call("GET", path).json()
    assert (read["enabled"], read["name"], read["type"]) == (False, "Client", "PURCHASE")
    moved = {"patch": {"$set": {"account": "urn:li:sponsoredAccount:2"}}}
    assert rest.call("POST", path, moved, X_RestLi_Method="PARTIAL_UPDATE").status_code == 422


def test_linkedin_s1_it_knows_no_rule_of_another_account(rest: Rest) -> None:
    assert rest.call("GET", f"conversions/999?account={ACCOUNT}").status_code == 404
    assert rest.call("GET", "conversions/104001?account=urn:li:sponsoredAccount:9").status_code == 403


def _link(campaign: int, number: int = 104002) -> tuple[str, dict[str, str]]:
    body = {"campaign": f"urn:li:sponsoredCampaign:{campaign}", "conversion": rule(number)}
    encoded = {key: value.replace(":", "%3A") for key, value in body.items()}
    return f"(campaign:{encoded['campaign']},conversion:{encoded['conversion']})", body


def test_linkedin_s1_it_links_a_campaign_by_both_keys(rest: Rest) -> None:
    key, body = _link(600001)
    for _ in range(2):
        assert rest.call("PUT", f"campaignConversions/{key}", body).status_code == 204
    read = rest.call("GET", f"conversions/104002?account={ACCOUNT}").json()
    assert read["associatedCampaigns"] == [{"campaign": "urn:li:sponsoredCampaign:600001"}]
    assert rest.call("PUT", f"campaignConversions/{key}", _link(600002)[1]).status_code == 400
    assert rest.call("PUT", f"campaignConversions/{key}", body, X_Restli_Protocol_Version="1.0.0").status_code == 400
    stranger, its_body = _link(999)
    assert rest.call("PUT", f"campaignConversions/{stranger}", its_body).status_code == 404


def test_linkedin_s1_it_links_several_at_once(rest: Rest) -> None:
    entities = dict(_link(campaign) for campaign in (600001, 600002))
    answer = rest.call("PUT", f"campaignConversions?ids=List({','.join(entities)})", {"entities": entities})
    assert answer.status_code == 200
    assert answer.json()["results"] == {key: {"status": 204} for key in entities}
    read = rest.call("GET", f"conversions/104002?account={ACCOUNT}").json()
    assert len(read["associatedCampaigns"]) == 2


def test_linkedin_s7_a_viewer_looks_and_changes_nothing(rest: Rest, control: Control, linkedin: LinkedIn) -> None:
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, role="VIEWER")
    assert len(rest.elements(f"conversions?q=account&account={ACCOUNT}")) == 4
    key, body = _link(600001)
    assert rest.call("POST", "conversions", NEW).status_code == 403
    assert rest.call("PUT", f"campaignConversions/{key}", body).status_code == 403
    assert linkedin.send(linkedin.element()).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [(["r_ads"], (200, 403, 403)), (["rw_conversions"], (403, 201, 403)), (["r_basicprofile"], (403, 403, 200))],
)
def test_linkedin_s7_it_wants_the_scope_of_each_resource(
    rest: Rest, control: Control, linkedin: LinkedIn, scopes: list[str], statuses: tuple[int, int, int]
) -> None:
    control.change("linkedin", "tokens", LINKEDIN_TOKEN, scopes=scopes)
    answers = (rest.call("GET", "adAccounts?q=search"), linkedin.send(linkedin.element()), rest.call("GET", "me"))
    assert tuple(answer.status_code for answer in answers) == statuses


def test_linkedin_s2_every_resource_wants_a_version_that_is_served(rest: Rest) -> None:
    for path in ("adAccounts?q=search", f"conversions?q=account&account={ACCOUNT}", "me"):
        assert rest.call("GET", path, LinkedIn_Version="202401").status_code == 426
        assert rest.call("GET", path, LinkedIn_Version="").json()["code"] == "VERSION_MISSING"


def test_linkedin_s8_it_uses_up_a_days_calls_and_says_no_more_than_that(linkedin: LinkedIn, control: Control) -> None:
    control.change_world("linkedin", daily_cap=2)
    answers = [linkedin.send(linkedin.element()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert "Retry-After" not in answers[2].headers
    control.set_clock(days=1)
    assert linkedin.send(linkedin.element(conversionHappenedAt=now_ms())).status_code == 201


def test_linkedin_s10_the_browsers_twin_wins(linkedin: LinkedIn, control: Control) -> None:
    control.change_world("linkedin", tag_events=[{"account": "507001001", "event_id": "order-1"}])
    assert linkedin.send(linkedin.element(eventId="order-1")).status_code == 201
    assert linkedin.send(linkedin.element(eventId="order-2")).status_code == 201
    assert control.counts("linkedin") == (1, 0, 1)
    assert "Insight Tag" in control.ledger(state="duplicate")["items"][0]["reason"]
