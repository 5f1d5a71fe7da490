"""Errors that a person has to mend.

Every message says what is wrong, where, and what to do. The command line prints it without a traceback and ends
with exit code 2 (`UsageError`: the call or its input was wrong) or 1 (any other `RinglightError`: the work failed).
"""


class RinglightError(Exception):
    """Something failed that a person can mend; the message says how."""


class UsageError(RinglightError):
    """The call, a file or a setting was wrong."""


class ConfigError(UsageError):
    """The configuration file is wrong; the message names file, line and key."""


class BundleError(UsageError):
    """A model bundle is damaged, incomplete or of an unknown kind."""


class DatasetError(UsageError):
    """A data set is wrong; the message names the file."""


class ProviderError(RinglightError):
    """An execution provider that was required does not run."""


class CameraError(RinglightError):
    """The camera is absent, hangs, or did not take a setting."""


class NotLocated(RinglightError):
    """No part, or not the whole of one, was found in its rectangle. Such a part was not inspected."""


class TooDark(NotLocated):
    """A picture that was taken in the dark. Such a part was not inspected, and the lamp is to blame."""


class LightError(RinglightError):
    """The ring light does not answer, or did not do what it was told."""


class SlotError(RinglightError):
    """A model could not be flashed, or a slot cannot do what is asked of it."""
