"""Every address convsync answers: the screens, the two APIs, the operator's page, metrics and health probes."""

from django.urls import include, path

from apps.api import leads
from apps.core import health
from apps.operating import metrics
from apps.web import operator

OPERATOR = [path("", operator.show, name="overview"), path("again/", operator.again, name="again")]
urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.show),
    path("operator/", include((OPERATOR, "operator"))),
    path("account/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("apps.api.urls")),
    path("hooks/leads/<slug:network>/", leads.hook, {"environment": "live"}, name="lead_hook"),
    path("hooks/leads/<slug:network>/sandbox/", leads.hook, {"environment": "sandbox"}, name="lead_hook_sandbox"),
    path("", include("apps.api.hubspot.urls")),
    path("", include("apps.web.urls")),
]
