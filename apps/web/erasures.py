"""Certificates of erasures: a list, and each to be printed or handed over as a file."""

from uuid import UUID

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.privacy.certificates import STATEMENT, certificate_get, certificate_told, certificates_listed
from apps.web import people_words
from apps.web.request import MemberRequest


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """A page of the list, the latest first."""
    page = certificates_listed(after=request.GET.get("after", ""))
    return render(request, "web/erasures.html", {"certificates": page.rows, "after": page.after})


@require_safe
def one(request: MemberRequest, certificate_id: UUID) -> HttpResponse:
    """One certificate, fit for print; `?format=json` gives it as a file."""
    certificate = certificate_get(certificate_id=certificate_id)
    if request.GET.get("format") == "json":
        body = orjson.dumps(certificate_told(certificate), option=orjson.OPT_INDENT_2)
        answer = HttpResponse(body, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="certificate-{certificate.id}.json"'
        return answer
    removed = [(people_words.REMOVED.get(kind, kind), count) for kind, count in certificate.removed.items() if count]
    context = {"certificate": certificate, "removed": removed, "statement": STATEMENT}
    return render(request, "web/erasure.html", context)
