"""The public door for leads: networks check the address here, and tell here that somebody filled in a lead form."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.ads import leadgen
from apps.ads.asking import app_of
from apps.ads.connecting import environments
from apps.ads.leads import Leads
from apps.ads.registry import NETWORKS
from apps.ads.sign_in import App
from apps.pipeline import doorbell

LARGEST = 1024 * 1024


@csrf_exempt  # signed by the network over the raw bytes
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, network: str, environment: str) -> HttpResponse:
    """GET: prove that the address is ours. POST: take what the network tells, when its signature is good.

    What was told is in the database before the answer leaves, so that a 200 means that it is not lost.
    """
    leads = NETWORKS[network].leads if network in NETWORKS else None
    app = app_of(NETWORKS[network], environment) if leads and environment in environments() else None
    if leads is None or app is None:
        return HttpResponse(status=404)
    if request.method == "GET":
        return _challenged(leads, app, request.GET.dict())
    return _told(request, leads, app, network, environment)


def _challenged(leads: Leads, app: App, query: Mapping[str, str]) -> HttpResponse:
    answer = leads.challenge(query, app.secret, leadgen.verify_token(app))
    if answer is None:
        return HttpResponse("The challenge is not one of ours.", status=403, content_type="text/plain")
    return HttpResponse(answer, content_type="application/json" if answer.startswith(b"{") else "text/plain")


def _told(request: HttpRequest, leads: Leads, app: App, network: str, environment: str) -> HttpResponse:
    body = request.read(LARGEST + 1)
    if len(body) > LARGEST:
        return HttpResponse("The body is larger than 1 MiB.", status=413, content_type="text/plain")
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not leads.verified(headers, body, app.secret):
        return HttpResponse("The signature is not the network's.", status=403, content_type="text/plain")
    try:
        notices = leads.notices(body)
    except ValueError:
        return HttpResponse("The body is not one of a lead webhook.", status=400, content_type="text/plain")
    told = leadgen.notices_take(network=network, environment=environment, notices=notices, at=timezone.now())
    for workspace_id in told:
        doorbell.ring_leads(workspace_id)
    return HttpResponse(status=200)
