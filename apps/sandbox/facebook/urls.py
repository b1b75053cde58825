from django.urls import path

from apps.sandbox.facebook import views

urlpatterns = [path("<str:version>/<str:pixel>/events", views.events)]
