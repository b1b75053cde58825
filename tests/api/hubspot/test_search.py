"""HubSpot's search on our records: each operator, and what a client can get wrong."""

from typing import Any

import pytest

from tests.api.conftest import Api

PEOPLE: dict[str, dict[str, str]] = {
    "anna": {"email": "anna@example.com", "firstname": "Anna Maria", "hs_predictivecontactscore_v2": "61.5"},
    "bob": {"email": "bob@shop.example", "firstname": "Bob", "hs_predictivecontactscore_v2": "9"},
    "chloe": {"email": "chloe@example.com", "firstname": "Chloé", "gclid_first_seen": "2026-10-01T00:00:00Z"},
    "dirk": {"email": "dirk@example.org", "city": "Delft", "gclid_first_seen": "1793577600000"},
}


@pytest.fixture
def people(api: Api) -> None:
    inputs = [{"properties": properties} for properties in PEOPLE.values()]
    assert api.post("/crm/v3/objects/contacts/batch/create", {"inputs": inputs}).status == 201


def found(api: Api, **body: Any) -> set[str]:
    answer = api.post("/crm/v3/objects/contacts/search", {"properties": ["email"], **body})
    assert answer.status == 200, answer.body
    return {each["properties"]["email"].partition("@")[0] for each in answer.body["results"]}


def one(name: str, operator: str, **values: Any) -> dict[str, Any]:
    return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, **values}]}]}


SCORE, SEEN = "hs_predictivecontactscore_v2", "gclid_first_seen"
CASES = [
    (one("email", "EQ", value="ANNA@example.com"), {"anna"}),
    (one("firstname", "EQ", value="anna maria"), {"anna"}),
    (one("firstname", "NEQ", value="bob"), {"anna", "chloe"}),
    (one("email", "IN", values=["Bob@shop.example", "nobody@example.com"]), {"bob"}),
    (one("firstname", "IN", values=["BOB", "Chloé"]), {"bob", "chloe"}),
    (one("firstname", "NOT_IN", values=["bob"]), {"anna", "chloe"}),
    (one("city", "HAS_PROPERTY"), {"dirk"}),
    (one("firstname", "NOT_HAS_PROPERTY"), {"dirk"}),
    (one(SCORE, "GT", value="9"), {"anna"}),
    (one(SCORE, "GTE", value=9), {"anna", "bob"}),
    (one(SCORE, "LT", value="10.0"), {"bob"}),
    (one(SCORE, "LTE", value="61.50"), {"anna", "bob"}),
    (one(SCORE, "EQ", value="61.500"), {"anna"}),
    (one(SCORE, "BETWEEN", value="1", highValue="20"), {"bob"}),
    (one(SEEN, "LT", value="1793577600000"), {"chloe"}),
    (one(SEEN, "GTE", value="2026-10-15T00:00:00+02:00"), {"dirk"}),
    (one("email", "CONTAINS_TOKEN", value="*@example.com"), {"anna", "chloe"}),
    (one("firstname", "CONTAINS_TOKEN", value="maria"), {"anna"}),
    (one("firstname", "CONTAINS_TOKEN", value="mar"), set()),
    (one("firstname", "CONTAINS_TOKEN", value="mar*"), {"anna"}),
    (one("email", "NOT_CONTAINS_TOKEN", value="example"), set()),
    (one("firstname", "EQ", value="%"), set()),
    (one("firstname", "CONTAINS_TOKEN", value="(a+)+$"), set()),
    (one("createdate", "GT", value="2020-01-01T00:00:00Z"), set(PEOPLE)),
    ({"query": "EXAMPLE.com"}, {"anna", "chloe"}),
    ({"query": "%"}, set()),
    (
        {
            "filterGroups": [
                {"filters": [{"propertyName": "city", "operator": "EQ", "value": "delft"}]},
                {
                    "filters": [
                        {"propertyName": SCORE, "operator": "HAS_PROPERTY"},
                        {"propertyName": "firstname", "operator": "NEQ", "value": "Bob"},
                    ]
                },
            ]
        },
        {"anna", "dirk"},
    ),
    ({}, set(PEOPLE)),
]


def test_it_finds_by_each_operator(api: Api, people: None) -> None:
    for body, expected in CASES:
        assert found(api, **body) == expected, body


def test_it_sorts_and_pages(api: Api, people: None) -> None:
    def page(after: str | None) -> Any:
        sorts = [{"propertyName": "email", "direction": "DESCENDING"}]
        return api.post("/crm/v3/objects/contacts/search", {"sorts": sorts, "limit": 3, "after": after}).body

    first = page(None)
    second = page(first["paging"]["next"]["after"])
    assert first["total"] == second["total"] == 4
    assert "paging" not in second
    names = [each["properties"]["email"] for each in (*first["results"], *second["results"])]
    assert names == sorted(names, reverse=True)


def test_it_compares_a_deals_amount_as_a_number(api: Api) -> None:
    for amount in ("9", "10", "1e2", ""):
        api.post("/crm/v3/objects/deals", {"properties": {"dealname": f"D{amount}", "amount": amount}})
    filters = [{"propertyName": "amount", "operator": "GTE", "value": "10"}]
    answer = api.post("/crm/v3/objects/deals/search", {"filterGroups": [{"filters": filters}], "sorts": ["amount"]})
    assert [each["properties"]["dealname"] for each in answer.body["results"]] == ["D10", "D1e2"]


def _groups(count: int, filters: int) -> dict[str, Any]:
    each = {"propertyName": "city", "operator": "HAS_PROPERTY"}
    return {"filterGroups": [{"filters": [each] * filters}] * count}


REFUSED = [
    one("nothing", "EQ", value="x"),
    one("city", "LIKE", value="x"),
    one("city", "EQ"),
    one("city", "EQ", value={"a": 1}),
    one("city", "IN", value="x"),
    one("city", "IN", values=[]),
    one(SCORE, "GT", value="sNaN"),
    one(SCORE, "GT", value="many"),
    one(SEEN, "GT", value="yesterday"),
    one("city'; DROP TABLE x; --", "EQ", value="x"),
    _groups(6, 1),
    _groups(1, 7),
    {"filterGroups": "x"},
    {"sorts": [{"propertyName": "nothing"}]},
    {"sorts": ["a", "b"]},
    {"limit": 201},
    {"limit": True},
    {"after": "9999999"},
    {"query": "x" * 3001},
    {"properties": "email"},
    {"unknown": 1},
]


def test_it_refuses_what_it_cannot_search(api: Api, people: None) -> None:
    for body in REFUSED:
        answer = api.post("/crm/v3/objects/contacts/search", body)
        assert answer.status == 400, body
        assert answer.body["errors"][0]["message"], body
