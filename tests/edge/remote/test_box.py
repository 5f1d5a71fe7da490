import pytest

from edge.clock import NS_PER_S
from edge.errors import RinglightError, UsageError
from edge.remote.address import Address
from edge.remote.box import BoxRefused, RemoteBox

DROP = -1


def test_a_question_carries_token_query_and_body(box, told):
    told.answers = [(200, {"have": 3})]
    assert box.ask("PUT", "/api/x", data=b"abc", offset=0, size=None) == {"have": 3}
    assert told.requests == [("PUT", "/api/x?offset=0", "Bearer " + "t" * 43, b"abc")]


def test_a_connection_that_breaks_is_made_again_after_a_pause(box, told, clock, heard):
    told.answers = [(DROP, None), (503, b"proxy"), (200, {"ok": 1})]
    assert box.ask("GET", "/") == {"ok": 1}
    assert 1.2 * NS_PER_S <= clock.now_ns() <= 1.8 * NS_PER_S
    assert len(heard) == 1
    assert "trying again" in heard[0]


def test_a_box_that_comes_back_is_found(told, clock, free_port):
    """The box restarts in the middle: its port is closed for a while."""
    address = Address("127.0.0.1", free_port())
    box = RemoteBox(address, "t" * 43, clock)
    clock.at(20 * NS_PER_S, lambda: setattr(box, "address", Address("127.0.0.1", told.port)))
    assert box.ask("GET", "/") == {}
    assert clock.now_ns() >= 20 * NS_PER_S


def test_a_box_that_stays_away_is_given_up(clock, free_port):
    box = RemoteBox(Address("127.0.0.1", free_port()), "t" * 43, clock, patience_s=60)
    with pytest.raises(RinglightError, match=r"not answered for 60 s.*call this again") as error:
        box.ask("GET", "/")
    assert not isinstance(error.value, UsageError)
    assert 60 * NS_PER_S <= clock.now_ns() <= 100 * NS_PER_S


def test_a_host_that_nobody_knows_is_not_waited_for(clock):
    box = RemoteBox(Address("no-such-host.invalid", 80), "t" * 43, clock)
    with pytest.raises(UsageError, match="no such host") as error:
        box.ask("GET", "/")
    assert clock.now_ns() == 0
    assert "--to" not in str(error.value)  # `pull` has --from


def test_a_name_that_is_lost_for_a_while_is_waited_for(box, told, clock):
    """The plant's name server restarts; the desk had spoken with the box before."""
    address = box.address
    box.ask("GET", "/")
    box.address = Address("no-such-host.invalid", 80)
    clock.at(3 * NS_PER_S, lambda: setattr(box, "address", address))
    assert box.ask("GET", "/") == {}


def test_what_the_box_refuses_comes_in_its_own_words(box, told):
    told.answers = [(409, {"error": "the upload goes on at 7", "have": 7})]
    with pytest.raises(BoxRefused, match="goes on at 7") as error:
        box.ask("PUT", "/")
    assert (error.value.status, error.value.answer["have"]) == (409, 7)


def test_a_wrong_token_is_a_wrong_call_and_is_not_told(box, told):
    told.answers = [(401, {"error": "The token is not that of this box."})]
    with pytest.raises(UsageError, match="not that of this box") as error:
        box.ask("GET", "/")
    assert "ttt" not in str(error.value)


@pytest.mark.parametrize(
    "answer", [(200, b"<html>"), (404, b"nope"), (404, {"detail": 1}), (200, [1]), (200, b"[" * 9999)]
)
def test_what_is_no_box_is_said_to_be_none(box, told, answer):
    told.answers = [answer]
    with pytest.raises(UsageError, match="no Ringlight box"):
        box.ask("GET", "/")


def test_nobody_is_sent_elsewhere(box, told):
    told.answers = [(301, b"")]
    with pytest.raises(UsageError, match="301") as error:
        box.ask("GET", "/")
    assert "--to" not in str(error.value)
