"""A lead gen form's answers in our words: LinkedIn keys them by question, and the form says what each question is for.

Source: learn.microsoft.com/linkedin/marketing/lead-sync/leadsync (lead forms and their responses). That consents are
told as `consentResponses` with the ids of the form's own consents could be read nowhere, and waits for a live answer.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.ads.answers import part, parts, text, whole
from apps.ads.leads import Lead
from apps.ads.networks.linkedin.client import number

Json = Mapping[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# LinkedIn's predefined fields, as letters only (their spelling differs by answer), by contact property; of two that
# fill one property the first that was answered counts.
PROPERTIES: Mapping[str, str] = {
    "email": "email",
    "emailaddress": "email",
    "workemail": "email",
    "firstname": "firstname",
    "lastname": "lastname",
    "phonenumber": "phone",
    "phone": "phone",
    "workphonenumber": "phone",
    "workphone": "phone",
    "city": "city",
    "state": "state",
    "stateorprovince": "state",
    "zipcode": "zip",
    "postalcode": "zip",
    "country": "country",
    "countryorregion": "country",
    "jobtitle": "jobtitle",
    "company": "company",
    "companyname": "company",
    "gender": "gender",
}


def lead_of(response: Json, forms: Mapping[str, Json]) -> Lead:
    """A lead form response as a lead; `forms` by id, for a response that does not bring its form along.

    Raises KeyError when it bears no id or no time.
    """
    form_id = number(text(response.get("versionedLeadGenFormUrn")).partition(",")[0])  # urn:...:(urn:...:7,1)
    lead_id = number(text(response["id"]))
    if not lead_id:
        raise KeyError("id")
    form = part(response, "form") or forms.get(form_id, {})
    answers, others = _answers(response, form)
    metadata = part(part(response, "leadMetadata"), "sponsoredLeadMetadata")
    metadata = metadata or part(part(response, "leadMetadataInfo"), "sponsoredLeadMetadataInfo")
    return Lead(
        lead_id=lead_id,
        created_at=_EPOCH + timedelta(milliseconds=whole(response["submittedAt"])),
        form_id=form_id,
        form_name=text(form.get("name")),
        answers=answers,
        others=others,
        consents=_consents(response),
        campaign_id=number(text(metadata.get("campaign"))),
        is_test=response.get("testLead") is True,
    )


def _answers(response: Json, form: Json) -> tuple[dict[str, str], dict[str, str]]:
    """What maps to a contact property, and the rest by the question's name."""
    questions = {text(each.get("questionId")): each for each in parts(part(form, "content"), "questions")}
    mapped: dict[str, str] = {}
    others: dict[str, str] = {}
    for answer in parts(part(response, "formResponse"), "answers"):
        question = questions.get(text(answer.get("questionId")), {})
        said = ", ".join(_said(part(answer, "answerDetails"), question))
        names = (question.get("predefinedField"), answer.get("name"), question.get("name"))
        told = next((wanted for name in names if (wanted := PROPERTIES.get(_letters(name)))), "")
        if said and told and told not in mapped:
            mapped[told] = said
        elif said:
            others[_label(answer, question)] = said
    for hidden in parts(form, "hiddenFields"):
        if name := text(hidden.get("name")):
            others.setdefault(name, text(hidden.get("value")))
    return mapped, others


def _said(details: Json, question: Json) -> Iterator[str]:
    """A text answer, or the words of the options that were chosen, where the form tells them."""
    if said := text(part(details, "textQuestionAnswer").get("answer")).strip():
        yield said
    options = part(details, "multipleChoiceAnswer").get("options")
    offered = {
        text(each.get("id")): text(each.get("text"))
        for each in parts(part(part(question, "questionDetails"), "multipleChoiceQuestionDetails"), "options")
    }
    for option in options if isinstance(options, list) else ():
        yield offered.get(text(option)) or text(option)


def _label(answer: Json, question: Json) -> str:
    named = (question.get("name"), answer.get("name"), question.get("predefinedField"), answer.get("questionId"))
    return next((label for name in named if (label := text(name))), "")


def _consents(response: Json) -> dict[str, bool]:
    told = parts(part(response, "formResponse"), "consentResponses")
    return {text(each.get("consentId")): each.get("accepted") is True for each in told if text(each.get("consentId"))}


def _letters(name: object) -> str:
    return "".join(letter for letter in text(name).lower() if letter.isalpha())
