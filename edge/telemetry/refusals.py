"""Why a broker would not have the box, in words that say what to mend."""

from __future__ import annotations

from edge.health import Check, Level

# CONNACK of MQTT 3.1.1 (section 3.2.2.3) as the reason codes of MQTT 5 that paho turns them into.
_PROTOCOL, _CLIENT_ID, _CREDENTIALS, _NOT_ALLOWED = 132, 133, 134, 135

_MENDS = {
    _PROTOCOL: "Use a broker that speaks MQTT 3.1.1.",
    _CLIENT_ID: "Shorten box.site, box.line or box.name: the client id is made of them.",
    _CREDENTIALS: "Correct mqtt.username and the first line of mqtt.password_file.",
    _NOT_ALLOWED: "Correct mqtt.username and mqtt.password_file, or let this user in at the broker.",
}


def refusal(code: int, words: str) -> Check:
    """The check for a refused CONNECT; `code` is a reason code of MQTT 5. FAULT where waiting will not help."""
    text = f"The broker refuses the box: {words}."
    if code in _MENDS:
        return Check("mqtt", Level.FAULT, text, _MENDS[code])
    return Check("mqtt", Level.WARNING, text, "See the broker's own log. Results wait on disk meanwhile.")
