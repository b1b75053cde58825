from django.urls import path, re_path

from apps.sandbox.google import ingest, views

urlpatterns = [
    path("v1/events:ingest", ingest.ingest),
    path("v1/requestStatus:retrieve", ingest.retrieve),
    re_path(r"^(?P<version>v\d+)/customers/(?P<customer>[^/:]+):(?P<method>\w+)$", views.upload),
]
