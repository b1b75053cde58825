from django.urls import path

from apps.sandbox.facebook import graph, oauth, views

urlpatterns = [
    path("<str:version>/debug_token", graph.debug_token),
    path("<str:version>/dialog/oauth", oauth.dialog),
    path("<str:version>/oauth/access_token", oauth.access_token),
    path("<str:version>/<str:pixel>/events", views.events),
    path("<str:version>/<str:node>/<str:edge>", graph.edge),
]
