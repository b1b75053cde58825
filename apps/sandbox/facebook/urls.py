from django.urls import path

from apps.sandbox.facebook import desk, graph, matching, oauth, views

urlpatterns = [
    path("_sandbox/leads", desk.lead_page),
    path("_sandbox/fill-in", desk.fill_in),
    path("_sandbox/deliver", desk.deliver),
    path("_sandbox/pixel", desk.fire),
    path("_sandbox/matches", matching.report),
    path("<str:version>/dataset_quality", graph.dataset_quality),
    path("<str:version>/debug_token", graph.debug_token),
    path("<str:version>/dialog/oauth", oauth.dialog),
    path("<str:version>/oauth/access_token", oauth.access_token),
    path("<str:version>/<str:pixel>/events", views.events),
    path("<str:version>/<str:node>/<str:edge>/<str:permission>", graph.node),
    path("<str:version>/<str:node>/<str:edge>", graph.node),
    path("<str:version>/<str:node>", graph.node),
]
