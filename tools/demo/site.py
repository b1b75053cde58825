"""The website's side of the demo: forms sent in by plain HTTP, over the public route and over the signed-in one."""

from typing import Any

import requests

from tools.demo.life import Submission
from tools.demo.place import SECONDS, Place, session

ROUTE = "{base}/submissions/v3/integration{secure}/submit/{portal}/{form}"


class Site:
    """One visitor after the other. Not for several threads: each makes its own."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._visitor, self._server = session(), session(place.api_key)

    def submit(self, sent: Submission, *, openly: bool) -> bool:
        """Send a form in, as the page itself (`openly`) or by the site's server; False when it was refused."""
        url = ROUTE.format(
            base=self._place.base_url,
            secure="" if openly else "/secure",
            portal=self._place.portal_id,
            form=self._place.forms[sent.form],
        )
        client: requests.Session = self._visitor if openly else self._server
        headers = {"User-Agent": sent.user_agent} if openly and sent.user_agent else {}
        return client.post(url, json=_body(sent), headers=headers, timeout=SECONDS).ok


def _body(sent: Submission) -> dict[str, Any]:
    fields = [{"objectTypeId": "0-1", "name": name, "value": value} for name, value in sent.fields.items()]
    context = {"pageUri": sent.page_url, "userAgent": sent.user_agent, "ipAddress": sent.ip_address}
    body: dict[str, Any] = {"fields": fields, "context": context}
    if sent.submitted_at is not None:
        body["submittedAt"] = int(sent.submitted_at.timestamp() * 1000)
    return body
