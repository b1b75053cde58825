"""One address, and whether it is there."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from tools.bench.naive.views import Completions


def _there(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("health/ready", _there), path("api/v1/completions", Completions.as_view())]
