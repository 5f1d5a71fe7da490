import pytest

from edge.config import LightConfig


@pytest.mark.parametrize("kind", ["pwm", "none"])
@pytest.mark.parametrize(("name", "value"), [("mode", "strobe"), ("current_ma", 320)])
def test_what_only_a_controller_can_do_is_refused_of_others(kind, name, value):
    """A lamp behind a pin was told to strobe, and shone all the time without a word."""
    with pytest.raises(ValueError, match=f"light.{name} needs"):
        LightConfig.model_validate({"kind": kind, "pin": 18, name: value})
    assert LightConfig.model_validate({"kind": "serial", name: value})
