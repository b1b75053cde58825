"""/crm/v3/objects/{type}/search: HubSpot's search request as a records search."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot.kinds import kind_named
from apps.api.hubspot.records import paging, properties_wanted, record_body
from apps.api.hubspot.views import HubSpotView
from apps.api.parsing import NumberText
from apps.api.reading import a_list, a_text, a_whole, an_object, single, wrong
from apps.api.views import KIB
from apps.records.search import MOST_MATCHES, OPERATORS, Filter, Search, records_found

# developers.hubspot.com, search the CRM, limits: 5 groups, 6 filters in a group, 200 rows a page, 3,000 characters.
MOST_GROUPS, MOST_FILTERS, LARGEST_PAGE, LONGEST = 5, 6, 200, 3_000
# What an operator needs beside a property: a value, two, or a list.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "BETWEEN": ("value", "highValue"),
    "IN": ("values",),
    "NOT_IN": ("values",),
    "HAS_PROPERTY": (),
    "NOT_HAS_PROPERTY": (),
}


class SearchObjects(HubSpotView):
    """Records that match."""

    scopes = {"POST": "records.read"}
    body_limit = 256 * KIB

    def post(self, request: Request, object_type: str) -> Response:
        """How many match (10,000 at most), and a page of them."""
        kind = kind_named(object_type)
        single(request.query_params, ())
        known = ("filterGroups", "filters", "query", "sorts", "properties", "limit", "after")
        body = an_object(request.data, "", known)
        search = _search(body)
        asked = [a_text(name, "properties", longest=100) for name in _listed(body, "properties", most=1_000)]
        total, records = records_found(object_type=kind.name, search=search)
        wanted = properties_wanted(kind, asked)
        reached = search.after + len(records)
        after = str(reached) if records and reached < total else ""
        return Response({"total": total, "results": [record_body(each, wanted) for each in records]} | paging(after))


def _search(body: Mapping[str, Any]) -> Search:
    limit = a_whole(body.get("limit"), "limit", least=1, most=LARGEST_PAGE, default=10)
    after = a_whole(body.get("after") or None, "after", least=0, most=MOST_MATCHES - limit, default=0)
    sort, descending = _sort(_listed(body, "sorts", most=1))
    return Search(
        groups=_groups(body),
        text=a_text(body.get("query"), "query", longest=LONGEST).strip(),
        sort=sort,
        descending=descending,
        after=after,
        limit=limit,
    )


def _groups(body: Mapping[str, Any]) -> tuple[tuple[Filter, ...], ...]:
    groups = _listed(body, "filterGroups", most=MOST_GROUPS)
    loose = _listed(body, "filters", most=MOST_FILTERS)
    if loose:
        groups = [*groups, {"filters": loose}]
    found = []
    for index, group in enumerate(groups):
        at = f"filterGroups.{index}"
        filters = a_list(an_object(group, at, ("filters",)).get("filters"), f"{at}.filters", least=1, most=MOST_FILTERS)
        found.append(tuple(_filter(each, f"{at}.filters.{place}") for place, each in enumerate(filters)))
    return tuple(found)


def _filter(value: Any, at: str) -> Filter:
    body = an_object(value, at, ("propertyName", "operator", "value", "highValue", "values"))
    operator = a_text(body.get("operator"), f"{at}.operator", longest=40, required=True)
    if operator not in OPERATORS:
        raise wrong(f"{at}.operator", "INVALID_OPERATOR", f"Use one of: {', '.join(sorted(OPERATORS))}.")
    needs = _NEEDS.get(operator, ("value",))
    values = a_list(body.get("values"), f"{at}.values", least=1, most=100) if "values" in needs else []
    return Filter(
        property=a_text(body.get("propertyName"), f"{at}.propertyName", longest=100, required=True),
        operator=operator,
        value=_scalar(body.get("value"), f"{at}.value") if "value" in needs else "",
        high_value=_scalar(body.get("highValue"), f"{at}.highValue") if "highValue" in needs else "",
        values=tuple(_scalar(each, f"{at}.values.{index}") for index, each in enumerate(values)),
    )


def _scalar(value: Any, at: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | NumberText):
        return str(value)
    return a_text(value, at, longest=LONGEST, required=True)


def _sort(sorts: list[Any]) -> tuple[str, bool]:
    """The property to sort by and whether downwards: as an object, or as its name with a minus before it."""
    if not sorts:
        return "", False
    if isinstance(sorts[0], str):
        name = a_text(sorts[0], "sorts.0", longest=101, required=True)
        return name.removeprefix("-"), name.startswith("-")
    body = an_object(sorts[0], "sorts.0", ("propertyName", "direction"))
    direction = body.get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise wrong("sorts.0.direction", "INVALID_OPTION", "Use ASCENDING or DESCENDING.")
    name = a_text(body.get("propertyName"), "sorts.0.propertyName", longest=100, required=True)
    return name, direction == "DESCENDING"


def _listed(body: Mapping[str, Any], name: str, *, most: int) -> list[Any]:
    return a_list(body.get(name), name, most=most)
