import pytest

from trainer.report import words


def plain(text):
    return text.replace(words.NNBSP, " ")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (0.7755, "78 %"),
        (0.0052, "0.5 %"),
        (0.991, "99.1 %"),
        (0.99996, "over 99.9 %"),
        (0.0001, "under 0.1 %"),
    ],
)
def test_a_share_has_no_more_digits_than_it_can_bear(share, text):
    """Prevents "finds 100 %" where one part of ten thousand escapes."""
    assert plain(words.percent(share)) == text


def test_an_interval_names_its_unit_once():
    assert plain(words.between((0.73, 0.813))) == "73 to 81 %"
    assert words.between(None) == ""


@pytest.mark.parametrize(
    ("value", "text"), [(2.0333, "2.03"), (0.00012345, "0.000123"), (-12.34, "-12.3"), (1234.5, "1234")]
)
def test_a_score_has_three_digits(value, text):
    assert words.score(value) == text


def test_the_size_of_a_defect_is_told_as_a_square_too():
    assert plain(words.pixels(399)) == "399 px, as 20 × 20"
    assert words.pixels(None) == ""
