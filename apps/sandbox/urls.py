"""Each network under its own prefix, which stands for its host; the sandbox's own API and pages beside them."""

from django.urls import include, path

from apps.sandbox import control, page

urlpatterns = [
    path("", page.overview, name="overview"),
    path("received/<int:pk>", page.received, name="received"),
    path("_sandbox/sandbox.css", page.style, name="style"),
    path("_sandbox/health", control.health),
    path("_sandbox/reset", control.reset),
    path("_sandbox/ledger", control.show_ledger),
    path("_sandbox/world", control.show_world),
    path("_sandbox/faults", control.script),
    path("_sandbox/clock", control.clock),
    path("facebook/", include("apps.sandbox.facebook.urls")),
    path("google/", include("apps.sandbox.google.urls")),
    path("linkedin/", include("apps.sandbox.linkedin.urls")),
]
