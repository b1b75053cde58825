from django.urls import path, re_path

from apps.sandbox.google import consent, ingest, matching, oauth, views

urlpatterns = [
    path("_sandbox/matches", matching.report),
    path("o/oauth2/v2/auth", consent.auth),
    path("token", oauth.token),
    path("revoke", oauth.revoke),
    path("tokeninfo", oauth.tokeninfo),
    path("v1/events:ingest", ingest.ingest),
    path("v1/requestStatus:retrieve", ingest.retrieve),
    re_path(r"^(?P<version>v\d+)/customers:listAccessibleCustomers$", views.accessible),
    re_path(r"^(?P<version>v\d+)/customers/(?P<customer>[^/:]+):(?P<method>\w+)$", views.upload),
    re_path(r"^(?P<version>v\d+)/customers/(?P<customer>[^/:]+)/(?P<method>\w+:\w+)$", views.on_resource),
]
