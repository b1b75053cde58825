"""/marketing/v3/forms."""

import pytest

from tests.api.conftest import Api
from tests.support.world import World

REFUSED: dict[str, tuple[object, str]] = {
    "no name": ({"fieldGroups": []}, "name"),
    "a name of 201 characters": ({"name": "x" * 201}, "name"),
    "a field that is no property": (
        {"name": "Demo", "fieldGroups": [{"fields": [{"name": "shoe"}]}]},
        "shoe",
    ),
    "fields that are text": ({"name": "Demo", "fieldGroups": [{"fields": "email"}]}, "fieldGroups.0.fields"),
    "an unknown field": ({"name": "Demo", "tenant_id": 1}, "tenant_id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_a_form_that_cannot_be(api: Api, name: str) -> None:
    sent, field = REFUSED[name]
    answer = api.post("/marketing/v3/forms", sent)
    assert answer.status == 400
    assert answer.body["errors"][0]["in"] == field


def test_it_lists_by_page_with_and_without_the_slash(api: Api, world: World) -> None:
    for number in range(2):
        assert api.post("/marketing/v3/forms/", {"name": f"Form {number}"}).status == 201
    first = api.get("/marketing/v3/forms?limit=2").body
    second = api.get(f"/marketing/v3/forms/?limit=2&after={first['paging']['next']['after']}").body
    names = [form["name"] for form in (*first["results"], *second["results"])]
    assert names == [world.form.name, "Form 0", "Form 1"]
    assert "paging" not in second


def test_it_answers_404_for_another_tenants_form(api: Api, other: World) -> None:
    assert api.get(f"/marketing/v3/forms/{other.form.id}").status == 404
    assert api.get(f"/marketing/v3/forms?after={other.form.id}").status == 404
    assert api.get("/marketing/v3/forms/nonsense").status == 404
