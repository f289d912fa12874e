"""Numbers read as people write them."""

import pytest

from ecgprune.formatting import binary_size, grouped, percent, score


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1000, "1 000"), (3_405_877, "3 405 877"), (12.6, "13"), (None, "-")]
)
def test_whole_numbers_are_grouped_by_three_digits(number, text):
    assert grouped(number) == text


def test_a_missing_number_and_the_separator_are_the_callers_choice():
    assert grouped(None, missing="not counted") == "not counted"
    assert grouped(1_234_567, separator="\u202f") == "1\u202f234\u202f567"


def test_shares_are_percents_and_scores_have_three_digits():
    assert (percent(0.1234), percent(0.5, 0), percent(0.021, 2)) == ("12.3%", "50%", "2.10%")
    assert (percent(0.05, signed=True), percent(-0.05, signed=True)) == ("+5.0%", "-5.0%")
    assert (score(0.95349), score(0.95349, 4)) == ("0.953", "0.9535")


@pytest.mark.parametrize(
    ("count", "text"), [(512, "512 B"), (1024, "1.0 KiB"), (18_212, "17.8 KiB"), (1_572_864, "1.5 MiB")]
)
def test_bytes_take_the_unit_that_suits_them(count, text):
    assert binary_size(count).replace("\u00a0", " ") == text
