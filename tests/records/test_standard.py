"""The standard properties and the rules of matching name the same clicks."""

from apps.domain.matching import OF_A_CLICK
from apps.records.standard import CLICK_PROPERTIES


def test_every_kind_of_click_that_is_kept_is_read_as_one_when_matching() -> None:
    assert set(CLICK_PROPERTIES.values()) == OF_A_CLICK
