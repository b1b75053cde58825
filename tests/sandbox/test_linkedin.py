"""LinkedIn: strict on structure, lax on meaning, atomic, and misleading where the real one is."""

from datetime import date

import pytest

from tests.sandbox.callers import EMAIL, Control, LinkedIn, now_ms, rule

DAY_MS = 86_400_000
REQUIRED = "field is required but not found and has no default value"

PHONE = {"idType": "PHONE", "idValue": "31612345678"}


def euros(amount: object) -> dict:
    """A value in euros."""
    return {"currencyCode": "EUR", "amount": amount}


def user(**changes: object) -> dict:
    """A user with one e-mail hash, changed."""
    return {"userIds": [{"idType": "SHA256_EMAIL", "idValue": EMAIL}]} | changes


def test_linkedin_s3_it_answers_201_and_nothing_to_one_event(linkedin: LinkedIn, control: Control) -> None:
    answer = linkedin.send(linkedin.element())
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["x-li-uuid"]
    assert answer.headers["x-restli-id"]
    assert control.counts("linkedin") == (1, 0, 0)


def test_linkedin_s3_it_answers_200_and_a_status_per_element_to_a_batch(linkedin: LinkedIn, control: Control) -> None:
    answer = linkedin.batch(linkedin.element(), linkedin.element())
    assert (answer.status_code, answer.json()) == (200, {"elements": [{"status": 201}, {"status": 201}]})
    assert control.counts("linkedin") == (2, 0, 0)


def test_linkedin_s1_it_takes_the_path_with_a_slash_too(linkedin: LinkedIn) -> None:
    answer = linkedin.post(f"{linkedin.path}/", json=linkedin.element(), headers=linkedin.headers())
    assert answer.status_code == 201


def test_linkedin_s4_it_does_not_take_a_batch_without_its_header(linkedin: LinkedIn) -> None:
    answer = linkedin.send({"elements": [linkedin.element()]})
    assert answer.status_code == 422
    assert "/elements :: unrecognized field found but not allowed" in answer.json()["message"]


def test_linkedin_s3_it_does_not_take_one_event_as_a_batch(linkedin: LinkedIn) -> None:
    assert linkedin.send(linkedin.element(), X_RestLi_Method="BATCH_CREATE").status_code == 400
    assert linkedin.send(linkedin.element(), X_RestLi_Method="BATCH_UPDATE").status_code == 400


def test_linkedin_s2_it_wants_a_version(linkedin: LinkedIn) -> None:
    headers = linkedin.headers()
    del headers["LinkedIn-Version"]
    answer = linkedin.post(linkedin.path, json=linkedin.element(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "VERSION_MISSING")
    assert answer.headers["X-Restli-Gateway-Error"]


@pytest.mark.parametrize("version", ["202401", "202511", "209901", "2026-09", "202613"])
def test_linkedin_s2_it_answers_426_to_a_version_that_is_not_served(linkedin: LinkedIn, version: str) -> None:
    answer = linkedin.send(linkedin.element(), LinkedIn_Version=version)
    assert (answer.status_code, answer.json()["code"]) == (426, "NONEXISTENT_VERSION")


def test_linkedin_s2_a_version_dies_on_its_sunset_day(linkedin: LinkedIn, control: Control) -> None:
    today = date.fromisoformat(control.call("GET", "health").json()["now"][:10])
    for day, status in ((date(2027, 9, 14), 201), (date(2027, 9, 15), 426)):
        control.set_clock(days=(day - today).days)
        happened = now_ms() + (day - today).days * DAY_MS - 60_000
        answer = linkedin.send(linkedin.element(conversionHappenedAt=happened), LinkedIn_Version="202609")
        assert answer.status_code == status, day


@pytest.mark.parametrize(
    ("state", "code", "name"),
    [("expired", 65600, "INVALID_ACCESS_TOKEN"), ("revoked", 65601, "REVOKED_ACCESS_TOKEN")],
)
def test_linkedin_s7_it_answers_401_to_a_dead_token(
    linkedin: LinkedIn, control: Control, state: str, code: int, name: str
) -> None:
    control.change("linkedin", "tokens", "AQsandbox", state=state)
    answer = linkedin.send(linkedin.element())
    assert answer.status_code == 401
    assert (answer.json()["serviceErrorCode"], answer.json()["code"]) == (code, name)


def test_linkedin_s7_it_answers_401_to_no_token_and_to_a_strange_one(linkedin: LinkedIn) -> None:
    for authorization in ("", "Bearer stolen", "Basic AQsandbox"):
        answer = linkedin.send(linkedin.element(), Authorization=authorization)
        assert (answer.status_code, answer.json()["serviceErrorCode"]) == (401, 65600), authorization


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"user": {}}, f"/user/userIds :: {REQUIRED}"),
        ({"user": None}, f"/user :: {REQUIRED}"),
        ({"conversionHappenedAt": None}, f"/conversionHappenedAt :: {REQUIRED}"),
        ({"conversionHappenedAt": "now"}, '/conversionHappenedAt :: "now" cannot be coerced to Long'),
        ({"conversionValue": euros(19.9)}, "/conversionValue/amount :: 19.9 cannot be coerced to String"),
        ({"conversionValue": {"amount": "1"}}, f"/conversionValue/currencyCode :: {REQUIRED}"),
        ({"userAgent": "x"}, "/userAgent :: unrecognized field found but not allowed"),
        ({"user": user(ip="1.2.3.4")}, "/user/ip :: unrecognized field found but not allowed"),
        ({"user": user(userInfo={"firstName": "A"})}, f"/user/userInfo/lastName :: {REQUIRED}"),
        ({"user": user(userIds=[PHONE])}, '/user/userIds/0/idType :: "PHONE" is not an enum symbol'),
        ({"user": user(userIds=[{"idType": "SHA256_EMAIL"}])}, f"/user/userIds/0/idValue :: {REQUIRED}"),
        ({"user": user(externalIds="x")}, '/user/externalIds :: "x" cannot be coerced to Array'),
        ({"user": user(lead="4711")}, "/user/lead :: Invalid prefix"),
        ({"conversion": "104001"}, "/conversion :: Invalid prefix"),
        ({"eventId": "x" * 65}, "/eventId :: length of"),
    ],
)
def test_linkedin_s4_it_answers_422_to_a_fault_of_structure(linkedin: LinkedIn, changes: dict, fault: str) -> None:
    answer = linkedin.send(linkedin.element(**changes))
    assert answer.status_code == 422
    assert answer.json()["status"] == 422
    assert f"ERROR :: {fault}" in answer.json()["message"]
    assert "Index" not in answer.json()["message"]


def test_linkedin_s4_it_collects_the_faults_of_a_batch_and_names_the_index_on_the_first_line_of_an_element(
    linkedin: LinkedIn, control: Control
) -> None:
    bad = linkedin.element(conversionValue={"currencyCode": "EUR"}, user=user(userInfo={"title": "CEO"}))
    answer = linkedin.batch(bad, linkedin.element(), linkedin.element(extra=1))
    assert answer.status_code == 422
    assert answer.json()["message"].splitlines() == [
        f"Index: 0, ERROR :: /conversionValue/amount :: {REQUIRED}",
        f"ERROR :: /user/userInfo/firstName :: {REQUIRED}",
        f"ERROR :: /user/userInfo/lastName :: {REQUIRED}",
        "Index: 2, ERROR :: /extra :: unrecognized field found but not allowed",
    ]
    assert control.counts("linkedin") == (0, 3, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"conversionValue": {"currencyCode": "XXX", "amount": "a lot"}},
        {"conversionValue": None},
        {"eventId": None},
        {"user": {"userIds": [{"idType": "SHA256_EMAIL", "idValue": "not a hash"}]}},
        {"user": {"userIds": [{"idType": "PLAINTEXT_IP_ADDRESS", "idValue": "999.999.999.999"}]}},
        {"user": {"userIds": [], "userInfo": {"firstName": "A", "lastName": "B", "countryCode": "zz"}}},
        {"user": {"userIds": [], "externalIds": ["crm-1", "crm-2"]}},
        {"user": {"userIds": [], "lead": "urn:li:leadGenFormResponse:abc-1"}},
    ],
)
def test_linkedin_s4_it_takes_what_makes_no_sense_but_is_well_formed(linkedin: LinkedIn, changes: dict) -> None:
    assert linkedin.send(linkedin.element(**changes)).status_code == 201


def test_linkedin_s4_it_wants_something_that_identifies_the_member(linkedin: LinkedIn) -> None:
    assert linkedin.send(linkedin.element(user={"userIds": []})).status_code == 422


@pytest.mark.parametrize(
    ("version", "id_type", "status"),
    [
        ("202604", "ORACLE_MOAT_ID", 201),
        ("202605", "ORACLE_MOAT_ID", 422),
        ("202606", "SHA256_IP_ADDRESS", 422),
        ("202607", "SHA256_IP_ADDRESS", 201),
        ("202604", "GOOGLE_AID", 422),
        ("202605", "GOOGLE_AID", 201),
    ],
)
def test_linkedin_s6_the_version_decides_about_identifier_types(
    linkedin: LinkedIn, version: str, id_type: str, status: int
) -> None:
    element = linkedin.element(user=user(userIds=[{"idType": id_type, "idValue": "x"}]))
    assert linkedin.send(element, LinkedIn_Version=version).status_code == status


def test_linkedin_s6_the_version_decides_about_hashed_names_and_a_lead_alone(linkedin: LinkedIn) -> None:
    hashed = linkedin.element(user=user(userInfo={"hashedFirstName": EMAIL, "hashedLastName": EMAIL}))
    lead = linkedin.element(user={"userIds": [], "lead": "urn:li:leadGenFormResponse:1"})
    assert linkedin.send(hashed, LinkedIn_Version="202608").status_code == 422
    assert linkedin.send(hashed, LinkedIn_Version="202609").status_code == 201
    assert linkedin.send(lead, LinkedIn_Version="202604").status_code == 422
    assert linkedin.send(lead, LinkedIn_Version="202605").status_code == 201


def test_linkedin_s5_it_refuses_times_outside_90_days_by_index_even_for_one_event(
    linkedin: LinkedIn, control: Control
) -> None:
    old = linkedin.element(conversionHappenedAt=now_ms() - 90 * DAY_MS - 60_000)
    seconds = linkedin.element(conversionHappenedAt=now_ms() // 1000)
    future = linkedin.element(conversionHappenedAt=now_ms() + 60_000)
    assert "indices [0] (0-indexed)" in linkedin.send(old).json()["message"]
    answer = linkedin.batch(linkedin.element(), old, linkedin.element(), seconds, future)
    assert answer.status_code == 400
    assert answer.json()["message"].endswith("indices [1, 3, 4] (0-indexed)")
    assert control.counts("linkedin") == (0, 6, 0)
    assert linkedin.send(linkedin.element(conversionHappenedAt=now_ms() - 90 * DAY_MS + 60_000)).status_code == 201


def test_linkedin_s5_it_answers_an_unknown_rule_with_a_misleading_403(linkedin: LinkedIn, control: Control) -> None:
    answer = linkedin.batch(linkedin.element(), linkedin.element(conversion=rule(999999)))
    assert (answer.status_code, answer.json()["message"]) == (403, "No ad accounts found")
    assert control.counts("linkedin") == (0, 2, 0)


def test_linkedin_s7_it_answers_a_viewer_and_a_lost_account_the_same_way(linkedin: LinkedIn, control: Control) -> None:
    for change in ({"role": "VIEWER"}, {"role": "ACCOUNT_MANAGER", "accounts": ["507009999"]}):
        control.change("linkedin", "tokens", "AQsandbox", **change)
        assert linkedin.send(linkedin.element()).json()["message"] == "No ad accounts found", change


def test_linkedin_s5_it_refuses_a_rule_of_another_method_by_index(linkedin: LinkedIn) -> None:
    answer = linkedin.batch(linkedin.element(), linkedin.element(conversion=rule(104009)))
    assert answer.status_code == 400
    assert "Conversion's method should be CONVERSIONS_API, indices [1] (0-indexed)" in answer.json()["message"]


def test_linkedin_s5_it_takes_an_event_for_a_disabled_rule_and_marks_it_unattributed(
    linkedin: LinkedIn, control: Control
) -> None:
    control.change("linkedin", "rules", "104001", enabled=False)
    assert linkedin.send(linkedin.element()).status_code == 201
    item = control.ledger()["items"][0]
    assert item["accepted"] is True
    assert "disabled" in item["reason"]


def test_linkedin_s3_it_takes_5000_elements_and_refuses_5001(linkedin: LinkedIn, control: Control) -> None:
    assert len(linkedin.batch(*(linkedin.element() for _ in range(5000))).json()["elements"]) == 5000
    assert linkedin.batch(*(linkedin.element() for _ in range(5001))).status_code == 400
    assert control.counts("linkedin") == (5000, 5001, 0)


def test_linkedin_s10_it_counts_a_repeated_event_id_twice_unless_told_to_fold(
    linkedin: LinkedIn, control: Control
) -> None:
    element = linkedin.element()
    linkedin.batch(element, element)
    assert control.counts("linkedin") == (2, 0, 0)
    control.change_world("linkedin", fold_twins=True)
    again = linkedin.element()
    assert linkedin.batch(again, again).json() == {"elements": [{"status": 201}, {"status": 201}]}
    assert control.counts("linkedin") == (3, 0, 1)
