"""Consent and what networks are told of it: every combination, and nothing that is unknown ever becomes granted."""

from itertools import product

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.ads.registry import NETWORKS
from apps.domain.consent import Personalised, consent_reason, consent_told, personalised
from apps.domain.decide import decide
from apps.domain.decision import Verdict
from apps.domain.facts import Account, ConsentRule, Contact, Trigger
from tests.domain.cases import case, click

RULE = ConsentRule("consent", frozenset({"yes"}))
ADS = ConsentRule("ads", frozenset({"on", "personal"}))
SITE = (None, "granted", "denied")
SAID = (None, *Personalised)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("on", "granted"),
        (" ON ", "granted"),
        ("off;personal", "granted"),
        ("off", "denied"),
        ("", "unknown"),
        (" ; ", "unknown"),
        (None, "unknown"),
    ],
)
def test_a11_it_reads_what_is_said_about_personalised_ads(held, said):
    assert personalised(ADS, {} if held is None else {"ads": held}) == said


@pytest.mark.parametrize(("asked", "said", "user_data", "ads"), [*product((True, False), SAID, SITE, SITE)])
def test_google_14_unknown_is_never_told_as_granted(asked, said, user_data, ads):
    told = consent_told({"ad_user_data": user_data or "", "ad_personalization": ads or ""}, asked=asked, said=said)
    assert set(told.values()) <= {"granted", "denied", "unknown"}
    assert told.get("ad_user_data") == ("granted" if asked else user_data)
    expected = ads
    if said is not None:
        expected = "denied" if "denied" in (ads, said) else {"granted": "granted"}.get(said)
    assert told.get("ad_personalization") == expected
    assert told.get("personalisation") == said


@given(
    st.dictionaries(st.sampled_from(["consent", "ads"]), st.text(max_size=5)),
    st.frozensets(st.text(max_size=5), max_size=3),
)
def test_a11_it_consents_only_by_a_value_that_means_yes(properties, values):
    rule = ConsentRule("consent", values)
    parts = {part.strip().casefold() for part in properties.get("consent", "").split(";")}
    yes = {value.strip().casefold() for value in values} - {""}
    assert (consent_reason(rule, properties) is None) == bool(parts & yes)


def sent(network, trigger, *, ads=None, rule=ADS, options=None, route=""):
    """The element of a conversion of a contact that says so much about personalised ads."""
    spoken = {} if ads is None else {"ads": ads}
    shape = NETWORKS[network].manifest.shapes[trigger]
    judged = case(
        shape=shape,
        account=Account(network, "1234567890" if network == "google" else "act_1", route=route),
        contact=Contact(
            {"email": "jo@example.com", "consent": "yes", **spoken},
            {"gclid": (click(2),), "lead_id": (click(2, "123456789012345"),)},
        ),
        event__personalisation=rule,
        event__consent=RULE,
        event__options=options or {},
        event__trigger=trigger,
        signal__kind=trigger,
        signal__order_id="order-1",
    )
    decision = decide(judged, network_event_id="cabc")
    assert decision.verdict is Verdict.SEND, decision.reason
    assert decision.owed is not None
    return orjson.loads(NETWORKS[network].element(decision.owed)), decision


@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize(
    ("rule", "ads", "told"),
    [
        (None, None, None),
        (None, "on", None),
        (ADS, "on", "CONSENT_GRANTED"),
        (ADS, "off", "CONSENT_DENIED"),
        (ADS, None, None),
        (ADS, "", None),
    ],
)
def test_google_14_it_tells_google_yes_no_or_nothing(trigger, rule, ads, told):
    written, _ = sent("google", trigger, ads=ads, rule=rule, options={"route": "data_manager"})
    assert written["consent"].get("adPersonalization") == told
    assert written["consent"]["adUserData"] == "CONSENT_GRANTED"


@pytest.mark.parametrize("trigger", Trigger)
@pytest.mark.parametrize("opted_out", [False, True])
@pytest.mark.parametrize("limited", ["", "CA"])
@pytest.mark.parametrize("limit_some", [False, True])
@pytest.mark.parametrize(("rule", "ads"), [(None, None), (ADS, "on"), (ADS, "off"), (ADS, None)])
def test_meta_25_facebook_measures_only_and_limits_without_a_yes(trigger, opted_out, limited, limit_some, rule, ads):
    options = {"opt_out": "true"} if opted_out else {}
    options |= {"limited_data_use": limited} if limited else {}
    options |= {"limit_without_consent": "true"} if limit_some else {}
    written, _ = sent("facebook", trigger, ads=ads, rule=rule, options=options)
    agreed = rule is not None and ads == "on"
    assert written.get("opt_out", False) is (opted_out or (rule is not None and not agreed))
    assert ("data_processing_options" in written) is (bool(limited) and not (limit_some and agreed))


@pytest.mark.parametrize("ads", ["on", "off", None])
def test_linkedin_a26_linkedin_is_told_nothing_of_it(ads):
    with_rule, _ = sent("linkedin", "stage_change", ads=ads)
    without, _ = sent("linkedin", "stage_change", ads=ads, rule=None)
    assert with_rule == without
    assert NETWORKS["linkedin"].manifest.personalisation == ""


@pytest.mark.parametrize(("ads", "result"), [("on", "pass"), ("off", "note"), (None, "note")])
def test_a16_the_trace_says_what_was_found_about_personalised_ads(ads, result):
    _, decision = sent("facebook", "form_submission", ads=ads)
    (step,) = [step for step in decision.trace if step.step == "personalisation"]
    assert (step.result, step.looked_at) == (result, {"property": "ads"})
    _, silent = sent("facebook", "form_submission", rule=None)
    assert "personalisation" not in [step.step for step in silent.trace]
