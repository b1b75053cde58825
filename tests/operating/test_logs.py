"""One line tells each request in numbers and codes, and a whole run writes nothing of a person and nothing secret."""

import json
import os
import subprocess
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from apps.connections.models import Connection
from apps.core import vault
from apps.deliveries.models import Request
from tests.conftest import Sandbox
from tests.support.world import World
from tools.launcher.foreground import python

CANARIES = {
    "email": "canary.q7x@example.com",
    "phone": "+31612349876",
    "firstname": "Canariettaz",
    "lastname": "Kwetterzwaluw",
    "city": "Kanariedorpje",
}
TOKEN = "EAAcanarytokenthatnobodyknows"
# Everything that happens to a person's data here, and two ways in which a careless line could tell of it.
RUN = """
import json, sys, uuid, django
django.setup()
import logging, structlog
from django.test import Client
from apps.core.tenancy import workspace_scope
from apps.pipeline import flow
from apps.pipeline.watching import connections_warn
from apps.operating.watching import watch
from apps.tracking.models import Form
from django.utils import timezone
from tests.support import factories
workspace, form, accounts, canaries = json.loads(sys.argv[1])
workspace = uuid.UUID(workspace)
with workspace_scope(workspace):
    form = Form.objects.get(id=form)
factories.a_submission(form, page_url="https://acme.example/?email=" + canaries["email"], **canaries)
Client().post("/submissions/v3/integration/submit/1/" + str(form.id), canaries, content_type="application/json")
Client().get("/contacts/?who=" + canaries["email"])
flow.judge(workspace_id=workspace)
for account in accounts:
    flow.send(workspace_id=workspace, account_id=uuid.UUID(account))
connections_warn()
watch(now=timezone.now())
try:
    raise ValueError("Key (email)=(" + canaries["email"] + ") already exists for " + canaries["phone"])
except ValueError:
    structlog.get_logger().exception("unexpected")
    logging.getLogger("django.request").exception("Internal Server Error: %s", "/?email=" + canaries["email"])
"""


@pytest.fixture
def written(world: World, sandbox: Sandbox) -> tuple[str, str]:
    """What the run wrote: its mails on standard output, its log on standard error."""
    sandbox.reset()
    since = timezone.now() - timedelta(hours=1)
    for network in ("facebook", "linkedin"):
        world.make_event(network, at=since, shared_fields=None)
    with world.scope():
        Connection.objects.filter(system="facebook").update(sealed=vault.seal({"access_token": TOKEN}))
    told = [str(world.workspace.id), str(world.form.id), [str(world.facebook.id), str(world.linkedin.id)], CANARIES]
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    done = subprocess.run(
        python("-c", RUN, json.dumps(told)),
        env={**os.environ, "DATABASE_URL": database, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


def test_one_line_tells_each_request_and_none_tells_of_a_person_or_a_secret(world, written):
    lines = written[1].splitlines()
    settled = [json.loads(line) for line in lines if '"request.settled"' in line]
    with world.scope():
        requests = {str(request.id): request for request in Request.objects.all()}
    assert {told["request"] for told in settled} == set(requests)
    (sent,) = [told for told in settled if told["network"] == "linkedin"]
    assert sent["workspace"] == str(world.workspace.id)
    assert sent["account"] == str(world.linkedin.id)
    assert (sent["count"], sent["state"], sent["outcomes"]) == (1, "accepted", {"accepted": 1})
    assert sent["status"] // 100 == 2
    assert sent["milliseconds"] >= 0
    assert "trace_id" in sent
    (held,) = [told for told in settled if told["network"] == "facebook"]
    assert held["outcomes"] == {"hold:190": 1}
    assert len([line for line in lines if "already exists" in line]) >= 1
    for name, canary in {**CANARIES, "token": TOKEN}.items():
        for text in (*lines, written[0]):
            assert canary.lower() not in text.lower(), name
            assert canary.lower().replace("+", "%2b").replace("@", "%40") not in text.lower(), name
    for line in lines:
        assert line.startswith("{"), line
        told = json.loads(line)
        assert told["timestamp"].endswith("Z")
        assert told["level"] in ("debug", "info", "warning", "error", "critical")
