"""What both APIs need of forms: finding one, and checking the fields of a new one."""

from collections.abc import Sequence
from uuid import UUID

from apps.core.errors import Fault, InvalidInput, NotFound
from apps.records.models import PropertyDefinition
from apps.tracking.models import Form

MOST_FIELDS = 1_000


def form_named(text: str | UUID) -> Form:
    """The form with that id. Raises NotFound for one that is not in this workspace, or archived."""
    try:
        form = Form.objects.filter(id=UUID(str(text)), archived_at=None).first()
    except ValueError:
        form = None
    if form is None:
        raise NotFound("There is no such form in this workspace.")
    return form


def fields_checked(names: Sequence[str]) -> list[str]:
    """The names, each once. Raises InvalidInput for those that are not properties of a contact."""
    known = set(PropertyDefinition.objects.filter(object_type="contacts").values_list("name", flat=True))
    unknown = [name for name in names if name not in known]
    if unknown:
        message = "It is not a property of contacts. Create the property first, or correct the name."
        raise InvalidInput(*(Fault(name[:100], "PROPERTY_DOESNT_EXIST", message) for name in unknown[:20]))
    return [*dict.fromkeys(names)]
