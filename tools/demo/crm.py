"""The CRM's side of the demo: the official hubspot-api-client, unmodified, pointed at the product."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from hubspot import HubSpot
from hubspot.crm.associations.v4 import BatchInputPublicDefaultAssociationMultiPost
from hubspot.crm.associations.v4.exceptions import OpenApiException as TiesException
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException, OpenApiException
from hubspot.crm.deals.exceptions import OpenApiException as DealsException
from hubspot.events.send import BatchedBehavioralEventHttpCompletionRequest
from hubspot.events.send.exceptions import OpenApiException as EventsException
from urllib3.exceptions import HTTPError

from tools.demo.place import Place, Trouble, patience

# Whatever the client raises when a call does not succeed; each of its packages has an exception of its own.
FAILURES = (OpenApiException, DealsException, TiesException, EventsException, HTTPError)
LARGEST_BATCH = 100
T = TypeVar("T")
Properties = Mapping[str, str]


class Crm:
    """What an integration does with contacts, deals and the ties between them. Ids are HubSpot's: text."""

    def __init__(self, place: Place) -> None:
        client = HubSpot(access_token=place.api_key, host=place.base_url, base_url=place.base_url, retry=patience())
        crm, self._sends = client.crm, client.events.send.batch_api
        self._contacts, self._contact_batches = crm.contacts.basic_api, crm.contacts.batch_api
        self._deal_batches = crm.deals.batch_api
        self._ties, self._tie_batches = crm.associations.v4.basic_api, crm.associations.v4.batch_api

    def contacts_create(self, wanted: Mapping[str, Properties]) -> dict[str, str]:
        """Create contacts in batches; ids by their name in `wanted`. A refused row is left out."""
        return _created(self._contact_batches, wanted)

    def deals_create(self, wanted: Mapping[str, Properties]) -> dict[str, str]:
        """Create deals in batches; ids by their name in `wanted`. A refused row is left out."""
        return _created(self._deal_batches, wanted)

    def contact_create(self, properties: Properties) -> tuple[str, bool]:
        """Create one contact: its id and True, or the id of the one that has this address already and False."""
        try:
            made = self._contacts.create(SimplePublicObjectInputForCreate(properties=dict(properties)))
        except ApiException as error:
            existing = re.search(r"Existing ID: (\d+)", str(error.body))
            if error.status != 409 or existing is None:
                raise
            return existing[1], False
        return str(made.id), True

    def contact_update(self, contact_id: str, properties: Properties) -> None:
        """Update one contact."""
        self._contacts.update(contact_id, SimplePublicObjectInput(properties=dict(properties)))

    def contacts_update(self, wanted: Mapping[str, Properties]) -> None:
        """Update contacts by id, in batches. Raises Trouble when a row is refused: none of ours should be."""
        for ids in chunks(wanted):
            inputs = [{"id": contact_id, "properties": dict(wanted[contact_id])} for contact_id in ids]
            answer = self._contact_batches.update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
            if len(answer.results) != len(inputs):
                raise Trouble(
                    f"Of {len(inputs)} contacts {len(inputs) - len(answer.results)} were not updated: {answer}"
                )

    def completions_send(self, completed: Sequence[Mapping[str, object]]) -> None:
        """Tell of custom events in batches; each as HubSpot's request has it. Raises Trouble when one is refused."""
        for part in chunks(completed):
            body = BatchedBehavioralEventHttpCompletionRequest(inputs=part)
            _, status, _ = self._sends.send_with_http_info(batched_behavioral_event_http_completion_request=body)
            if status != 204:
                raise Trouble(f"Of {len(part)} custom events some were refused.")

    def tie(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Associate (contact, deal) pairs by the default type: the first one by itself, the others in batches."""
        for contact_id, deal_id in pairs[:1]:
            self._ties.create_default("contacts", contact_id, "deals", deal_id)
        for part in chunks(pairs[1:]):
            inputs = [{"from": {"id": contact_id}, "to": {"id": deal_id}} for contact_id, deal_id in part]
            body = BatchInputPublicDefaultAssociationMultiPost(inputs=inputs)
            self._tie_batches.create_default("contacts", "deals", body)


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, a batch at a time."""
    rest = iter(items)
    while part := list(islice(rest, LARGEST_BATCH)):
        yield part


def _created(api: Any, wanted: Mapping[str, Properties]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for names in chunks(wanted):
        inputs = [{"properties": dict(wanted[name]), "objectWriteTraceId": name} for name in names]
        answer = api.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs))
        ids |= {made.object_write_trace_id: made.id for made in answer.results}
    return ids
