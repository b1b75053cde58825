"""Certificates of erasures, for screens and API alike. Call inside the workspace's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.core.errors import NotFound
from apps.core.paging import cursor_of, cursor_read
from apps.privacy.models import Erasure

STATEMENT = (
    "What had been sent before is with the networks named here. They have to be asked themselves to erase it: "
    "convsync cannot do that for you, and no longer knows whom it was about."
)


@dataclass(frozen=True, slots=True)
class CertificatesPage:
    """Part of the list, the latest first; `after` is the cursor of the next part, empty at the end."""

    rows: Sequence[Erasure]
    after: str


def certificates_listed(*, after: str = "", limit: int = 50) -> CertificatesPage:
    """The certificates. Raises InvalidInput for a cursor that is none."""
    rows = Erasure.objects.order_by("-erased_at", "-id")
    if after:
        moment, mark = cursor_read(after, UUID)
        rows = rows.filter(Q(erased_at__lt=moment) | Q(erased_at=moment, id__lt=mark))
    found = list(rows[: limit + 1])
    last = found[limit - 1] if len(found) > limit else None
    return CertificatesPage(found[:limit], cursor_of(last.erased_at, str(last.id)) if last else "")


def certificate_get(*, certificate_id: UUID) -> Erasure:
    """One certificate. Raises NotFound."""
    found = Erasure.objects.filter(id=certificate_id).first()
    if found is None:
        raise NotFound("There is no such certificate in this workspace.")
    return found


def certificate_told(certificate: Erasure) -> dict[str, Any]:
    """The certificate as plain values, the statement in English."""
    return {
        "id": certificate.id,
        "erased_at": certificate.erased_at,
        "erased_by": certificate.by_label,
        "removed": certificate.removed,
        "left_before": certificate.left,
        "statement": STATEMENT if certificate.left else "",
    }
