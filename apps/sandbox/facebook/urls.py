from django.urls import path

from apps.sandbox.facebook import graph, views

urlpatterns = [
    path("<str:version>/debug_token", graph.debug_token),
    path("<str:version>/<str:pixel>/events", views.events),
    path("<str:version>/<str:node>/<str:edge>", graph.edge),
]
