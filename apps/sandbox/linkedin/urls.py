from django.urls import re_path

from apps.sandbox.linkedin import views

# LinkedIn's own tag template posts with a trailing slash.
urlpatterns = [re_path(r"^rest/conversionEvents/?$", views.conversion_events)]
