"""One sentence on top for whatever became of a conversion, in both languages, and never a code."""

import re
from itertools import product

import pytest
from django.utils.translation import override

from apps.conversions.models import Conversion
from apps.domain.reasons import REASONS
from apps.domain.states import State
from apps.pipeline.explain import summary_told
from apps.web import wording

# What a network gives as its reason is its own code: the sentence on top leaves it to the attempts below.
_NETWORKS_OWN = ("100/2804003", "CONVERSION_NOT_FOUND", "http_503", "190")
_CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|[{}]|\b[A-Z]+_[A-Z_]+\b")


def told(state, reason, language):
    with override(language):
        return summary_told(Conversion(state=state, reason=reason), None, wording.say)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_h01_every_state_with_every_reason_has_its_sentence(language):
    for state, reason in product(State, ("", *REASONS, *_NETWORKS_OWN)):
        sentence = told(state, reason, language)
        assert sentence.endswith("."), (state, reason)
        assert not _CODE.search(sentence), sentence
        assert reason not in _NETWORKS_OWN or reason not in sentence


def test_h01_every_sentence_is_another_one_in_dutch():
    for state, reason in product(State, ("", *REASONS)):
        assert told(state, reason, "en") != told(state, reason, "nl")


def test_h01_every_reason_tells_itself_apart():
    sentences = {told(State.BLOCKED, reason, "en") for reason in REASONS}
    assert len(sentences) == len(REASONS)
