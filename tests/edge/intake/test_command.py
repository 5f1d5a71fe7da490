import pytest
from afar import box_config, make_flasher
from flashing import Bay

from edge.clock import VirtualClock
from edge.errors import RinglightError
from edge.intake.command import flash_command, flash_state

NAME = "ab" * 32
URL = "http://127.0.0.1:9/m"


@pytest.fixture
def works():
    return []


@pytest.fixture
def flasher(tmp_path, works):
    bay = Bay(tmp_path)
    return make_flasher(box_config(bay.slots.folder.parent), bay.slots, VirtualClock(), spawn=works.append)


def test_a_command_is_accepted_at_once_and_told_in_the_state(flasher, works):
    assert flash_state(flasher) is None
    assert flash_command(flasher, True)({"url": URL, "sha256": NAME.upper()}) == {"sha256": NAME, "stage": "fetching"}
    assert len(works) == 1
    told = flash_state(flasher)
    assert told
    assert (told["sha256"], told["stage"], told["why"]) == (NAME, "fetching", "")
    works[0]()
    failed = flash_state(flasher)
    assert failed
    assert failed["stage"] == "refused"
    assert "127.0.0.1:9 does not give the file" in failed["why"]


def test_the_second_command_is_told_who_is_first(flasher, works):
    handle = flash_command(flasher, True)
    handle({"url": URL, "sha256": NAME})
    with pytest.raises(RinglightError, match="an MQTT command flashes ababab"):
        handle({"url": URL, "sha256": "cd" * 32})


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "sha256"),
        ({"url": URL}, "sha256"),
        ({"url": URL, "sha256": 5}, "sha256"),
        ({"url": URL, "sha256": NAME, "allow_older": "x"}, "nothing else"),
        ({"sha256": NAME}, "http://"),
        ({"url": "ftp://x", "sha256": NAME}, "http://"),
        ({"url": URL, "sha256": "../" + NAME[3:]}, "SHA-256"),
    ],
)
def test_anything_else_is_refused_in_words(flasher, works, arguments, word):
    with pytest.raises((ValueError, RinglightError), match=word):
        flash_command(flasher, True)(arguments)
    assert works == []


def test_a_box_that_was_not_told_to_takes_no_models_over_mqtt(flasher, works):
    with pytest.raises(ValueError, match=r"flash\.mqtt"):
        flash_command(flasher, False)({"url": URL, "sha256": NAME})
    assert works == []


def test_a_box_without_slots_says_so():
    with pytest.raises(ValueError, match=r"slots\.folder"):
        flash_command(None, True)({"url": URL, "sha256": NAME})
    assert flash_state(None) is None
