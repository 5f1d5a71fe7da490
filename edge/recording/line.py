"""The line while good parts are recorded: its own camera, trigger, light and aim, and an ejector that rests."""

from __future__ import annotations

from edge.clock import NS_PER_MS
from edge.inspector.assemble import make_inspector
from edge.inspector.threads import LiveLine
from edge.ledger import Counts
from edge.recording.session import Resting, Session
from edge.regions.looking import prepared


class RecordingLine(Session):
    """A line in real time that keeps pictures of parts instead of judging them. Arguments and errors are those of
    `Session`."""

    def _make_line(self) -> LiveLine:
        config = self._config
        self.line = LiveLine(
            make_inspector(
                config,
                self._clock,
                Resting(),
                threshold=1.0,
                model_id="recording",
                on_record=lambda record: None,
                stop_output=self._pins.stop_output,
            ),
            self._camera,
            prepared(config, self.recorder.look),
            self._clock,
            config.camera.read_timeout_ms * NS_PER_MS,
        )
        return self.line

    def _begin(self) -> None:
        self.line.start()
        self._pins.listen(self.line.trigger, self.line.tick, **self.line.ears())

    def _counts(self) -> Counts:
        return self.line.counts()
