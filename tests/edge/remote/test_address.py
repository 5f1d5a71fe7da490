import http.client

import pytest

from edge.errors import UsageError
from edge.remote.address import Address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("box1", Address("box1", 8080)),
        ("10.0.0.7:80", Address("10.0.0.7", 80)),
        ("[fe80::1]:9000", Address("fe80::1", 9000)),
        ("http://box1", Address("box1", 80)),
        ("https://box1", Address("box1", 443, tls=True)),
        ("https://plant.example:8443/line3/", Address("plant.example", 8443, True, "/line3")),
    ],
)
def test_what_names_a_box(text, address):
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    "text",
    ["", ":80", "box:port", "box:99999", "ftp://box", "a b", "http://", "u:p@box", "box?x=1", "[::1", "file:///x"],
)
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(UsageError, match="HOST:PORT"):
        Address.parse(text)


def test_tls_is_spoken_where_it_was_asked_for():
    assert isinstance(Address("b", 443, tls=True).connect(1), http.client.HTTPSConnection)
    assert not isinstance(Address("b", 80).connect(1), http.client.HTTPSConnection)


def test_an_address_is_printed_as_it_is_typed():
    assert str(Address("fe80::1", 80)) == "[fe80::1]:80"
    assert str(Address("b", 443, True, "/line3")) == "https://b:443/line3"
