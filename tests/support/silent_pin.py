"""A pin that is wired, and that the test does not look at."""


class SilentPin:
    def on(self) -> None:
        pass

    def off(self) -> None:
        pass
