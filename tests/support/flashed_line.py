"""A box beside a virtual line, in real time, that is flashed from afar."""

from __future__ import annotations

from real_time_bench import Bench
from small_bundle import write_small_bundle

from edge.cli import main
from edge.clock import RealClock
from edge.slots import Slots
from edge.slots.flash import flash
from edge.token import make_token
from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys


class Plant:
    """A desk with a key, and a box with slots that trusts it and inspects with `old`."""

    def __init__(self, folder, **more):
        private, public, self.key = make_keys(folder, "desk")
        self.folder, self.private = folder, PrivateKey.read(private)
        TrustFolder(folder / "trust").trust(public)
        self.slots = Slots(folder / "slots")
        sections = {
            "trust": {"folder": folder / "trust", "serial_file": folder / "serial.json"},
            "slots": {
                "folder": self.slots.folder,
                "good_after": 10,
                "late_parts": 1000,
                "batch_ms": 60_000,
                "defect_share": 0.5,
            },
            "status": {"host": "127.0.0.1", "port": 0, "token_file": folder / "token"},
            "verdict": {"false_rejects_per_10000": 100},
            **more,
        }
        make_token(folder / "token")
        config = Bench.configuration(folder, **sections)
        flash(config, self.slots, self.bundle("old", serial=1), clock=RealClock())
        self.slots.start()
        self.slots.mark_good()
        self.bench = Bench(folder, **sections)
        self.bench.box.start()

    def bundle(self, name, serial, key=None, good=0.235):
        path = self.folder / f"{name}.ringlight"
        return write_small_bundle(path, good=good, spread=0.02, serial=serial, key=key or self.private, model_id=name)

    def flash(self, bundle, *words):
        assert self.bench.box.page
        to = ["--to", f"127.0.0.1:{self.bench.box.page.port}", "--token-file", str(self.folder / "token")]
        return main(["flash", str(bundle), *to, *words])
