"""/crm/v3/objects/contacts/merge and gdpr-delete: two contacts become one, and a person is erased."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.hubspot.kinds import CONTACTS, Kind, kind_named
from apps.api.hubspot.records import properties_wanted, record_body
from apps.api.hubspot.views import HubSpotView
from apps.api.hubspot.writing import identified, record_number
from apps.api.reading import an_id, an_object, single
from apps.core.errors import Fault, InvalidInput
from apps.pipeline.merging import contacts_merge
from apps.privacy.erasing import address_suppress, person_erase
from apps.records.merging import MERGED_IDS
from apps.records.selectors import records_named


class MergeObjects(HubSpotView):
    """Two records become one."""

    scopes = {"POST": "records.write"}

    def post(self, request: Request, object_type: str) -> Response:
        """The record that stays, with the ids of those merged into it."""
        kind = _people(object_type)
        single(request.query_params, ())
        body = an_object(request.data, "", ("primaryObjectId", "objectIdToMerge"))
        numbers = {name: record_number(an_id(body.get(name), name)) for name in ("primaryObjectId", "objectIdToMerge")}
        contact = contacts_merge(
            workspace_id=self.caller.workspace_id,
            primary_id=numbers["primaryObjectId"],
            secondary_id=numbers["objectIdToMerge"],
            by=self.caller.actor,
            at=self.now,
        )
        return Response(record_body(contact, properties_wanted(kind, [*kind.shown, MERGED_IDS])))


class GdprDelete(HubSpotView):
    """A person is erased, for good."""

    scopes = {"POST": "privacy.write"}

    def post(self, request: Request, object_type: str) -> Response:
        """204, also for an e-mail address that nobody here has: nothing from before now is kept of it later."""
        kind = _people(object_type)
        single(request.query_params, ())
        body = an_object(request.data, "", ("objectId", "idProperty"))
        number, email = identified(kind, an_id(body.get("objectId"), "objectId"), body.get("idProperty"))
        found = records_named(object_type=kind.name, emails=[email.lower()]) if email else []
        workspace_id, by = self.caller.workspace_id, self.caller.actor
        if email and not found:
            address_suppress(workspace_id=workspace_id, email=email, by=by, at=self.now)
        else:
            contact_id = int(found[0].pk) if found else record_number(number)
            person_erase(workspace_id=workspace_id, contact_id=contact_id, by=by, at=self.now)
        return Response(status=204)


def _people(object_type: str) -> Kind:
    """The contacts' kind. Raises for records that are no people."""
    kind = kind_named(object_type)
    if kind is not CONTACTS:
        raise InvalidInput(Fault("objectType", "NOT_SUPPORTED", f"{kind.name} cannot be; only contacts can."))
    return kind
