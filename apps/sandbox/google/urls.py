from django.urls import re_path

from apps.sandbox.google import views

urlpatterns = [re_path(r"^(?P<version>v\d+)/customers/(?P<customer>[^/:]+):(?P<method>\w+)$", views.upload)]
