import argparse

import pytest

from edge.errors import UsageError
from trainer import padim, simplenet
from trainer.methods import METHODS as KNOWN
from trainer.options import METHODS, add_options, settings_of


def parsed(method: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--method")
    add_options(parser)
    return parser.parse_args(["--method", method, *words])


def test_the_command_line_knows_every_method():
    """It may not ask the methods themselves, which bring torch with them."""
    assert list(METHODS) == list(KNOWN)


def test_what_is_not_given_is_left_to_the_method():
    assert settings_of(parsed("padim"), padim.Settings) == padim.Settings()
    given = parsed("simplenet", "--meta-epochs", "3", "--epoch", "synthetic", "--alignment", "free")
    expected = simplenet.Settings("free", meta_epochs=3, epoch="synthetic")
    assert settings_of(given, simplenet.Settings) == expected


def test_an_option_of_another_method_is_refused():
    """Prevents a training whose noise was set and not used."""
    with pytest.raises(UsageError, match="--noise is no option of padim"):
        settings_of(parsed("padim", "--noise", "2"), padim.Settings)
