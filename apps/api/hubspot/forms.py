"""/marketing/v3/forms: the workspace's forms as HubSpot describes them."""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.forms import MOST_FIELDS, fields_checked, form_named
from apps.api.hubspot.records import paging
from apps.api.hubspot.views import HubSpotView, moment
from apps.api.reading import a_choice, a_list, a_text, a_whole, an_object, single, wrong
from apps.tracking.models import Form
from apps.tracking.services import form_create

LARGEST_PAGE = 100
# A definition has more to it than is kept here; these parts are taken and passed over.
_PASSED_OVER = (
    *("formType", "createdAt", "updatedAt", "archived", "archivedAt", "configuration"),
    *("displayOptions", "legalConsentOptions"),
)
_GROUP = ("fields", "groupType", "richText", "richTextType")
_FIELD_TYPES = {"email": "email", "phone": "phone", "mobilephone": "mobile_phone"}


class Forms(HubSpotView):
    """All forms."""

    scopes = {"GET": "records.read", "POST": "records.write"}

    def get(self, request: Request) -> Response:
        """A page of forms, oldest first."""
        query = single(request.query_params, ("after", "limit", "archived"), several=("formTypes",))
        limit = a_whole(query.get("limit"), "limit", least=1, most=LARGEST_PAGE, default=20)
        rows = Form.objects.filter(archived_at__isnull=not a_choice(query, "archived")).order_by("id")
        if "after" in query:
            rows = rows.filter(id__gt=form_named(query["after"]).id)
        found = list(rows[: limit + 1])
        more = str(found[limit - 1].id) if len(found) > limit else ""
        return Response({"results": [_form_body(form) for form in found[:limit]]} | paging(more))

    def post(self, request: Request) -> Response:
        """A new form: its name and its fields, each a property of contacts."""
        single(request.query_params, ())
        body = an_object(request.data, "", ("name", "fieldGroups", *_PASSED_OVER))
        form = form_create(
            workspace_id=self.caller.workspace_id,
            name=a_text(body.get("name"), "name", longest=200, required=True),
            fields=fields_checked(_field_names(body.get("fieldGroups"))),
            at=self.now,
        )
        return Response(_form_body(form), status=201)


class OneForm(HubSpotView):
    """One form."""

    scopes = {"GET": "records.read"}

    def get(self, request: Request, form_id: str) -> Response:
        """The form."""
        single(request.query_params, ("archived",))
        return Response(_form_body(form_named(form_id)))


def _field_names(groups: Any) -> list[str]:
    names = []
    for index, value in enumerate(a_list(groups, "fieldGroups", most=MOST_FIELDS)):
        at = f"fieldGroups.{index}"
        group = an_object(value, at, _GROUP)
        for place, each in enumerate(a_list(group.get("fields"), f"{at}.fields", most=MOST_FIELDS)):
            field = an_object(each, f"{at}.fields.{place}")
            names.append(a_text(field.get("name"), f"{at}.fields.{place}.name", longest=100, required=True))
    if len(names) > MOST_FIELDS:
        raise wrong("fieldGroups", "TOO_MANY", f"A form has at most {MOST_FIELDS} fields.")
    return names


def _form_body(form: Form) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": str(form.id),
        "name": form.name,
        "formType": "hubspot",
        "createdAt": moment(form.created_at),
        "updatedAt": moment(form.updated_at),
        "archived": form.archived_at is not None,
        "fieldGroups": _groups(form.fields),
        "configuration": {
            "language": "en",
            "cloneable": False,
            "editable": False,
            "archivable": False,
            "recaptchaEnabled": False,
            "notifyContactOwner": False,
            "notifyRecipients": [],
            "createNewContactForNewEmail": True,
            "prePopulateKnownValues": False,
            "allowLinkToResetKnownValues": False,
            "lifecycleStages": [],
            "postSubmitAction": {"type": "thank_you", "value": ""},
        },
        "legalConsentOptions": {"type": "none"},
    }
    return body


def _groups(names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "groupType": "default_group",
            "richTextType": "text",
            "fields": [
                {
                    "objectTypeId": "0-1",
                    "name": name,
                    "label": name,
                    "fieldType": _FIELD_TYPES.get(name, "single_line_text"),
                    "required": False,
                    "hidden": False,
                    "dependentFields": [],
                }
            ],
        }
        for name in names
    ]
