"""Uploads under everything at once: two files, desks that lie, disks that fail, power cuts, restarts, hours passing."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.bundle import sha256
from edge.clock import NS_PER_S, VirtualClock
from edge.intake.uploads import Fault, Limits, UploadRefused, Uploads
from edge.virtual.disk import Afterwards, PowerCut, VirtualDisk

FILES = {sha256(data): data for data in (bytes(range(33)), bytes(range(100, 140)))}
NAMES = st.sampled_from(sorted(FILES))


class Desks(RuleBasedStateMachine):
    """`counted`: what the box has said that it has, since it last had a reason to throw it away."""

    @initialize()
    def install(self):
        self.folder = TemporaryDirectory()
        self.disk, self.clock = VirtualDisk(Path(self.folder.name)), VirtualClock()
        self.counted = dict.fromkeys(FILES, 0)
        self.restart()

    def teardown(self):
        self.folder.cleanup()

    @rule()
    def restart(self):
        limits = Limits(largest=60, altogether=90, keep_s=3600)
        self.uploads = Uploads(self.disk.root / "uploads", self.disk, self.clock, limits, part=10)

    @rule(name=NAMES)
    def send_the_next_part(self, name):
        have, data = self.uploads.look(name).have, FILES[name]
        self.put(name, len(data), have, data[have : have + 10])

    @rule(name=NAMES, size=st.integers(-1, 61), offset=st.integers(-10, 60), data=st.binary(max_size=12))
    def send_anything(self, name, size, offset, data):
        if size != self.uploads.look(name).size:
            self.counted[name] = 0
        self.put(name, size, offset, data, honest=data == FILES[name][offset : offset + 10] and offset >= 0)

    @rule(name=NAMES, cut=st.integers(0, 12), afterwards=st.sampled_from(Afterwards))
    def cut_the_power(self, name, cut, afterwards):
        begins = not self.uploads.look(name).size
        self.disk.cut_before = len(self.disk.operations) + cut
        try:
            for _ in range(3):
                self.send_the_next_part(name)
        except PowerCut:
            self.disk.power_on(afterwards)
            self.restart()
            if begins:
                self.forget_what_is_gone(name)
        self.disk.cut_before = None

    @rule(name=NAMES, fail=st.integers(0, 6))
    def fail_once(self, name, fail):
        self.disk.fail_at = len(self.disk.operations) + fail
        self.send_the_next_part(name)
        self.disk.fail_at = None

    @rule(name=NAMES)
    def remove(self, name):
        self.uploads.remove(name)
        self.counted[name] = 0

    @rule(hours=st.floats(0, 2))
    def let_time_pass(self, hours):
        self.clock.advance(int(hours * 3600 * NS_PER_S))
        self.uploads.sweep()
        self.forget_what_is_gone()

    @invariant()
    def what_was_counted_is_there(self):
        for name, counted in self.counted.items():
            assert self.uploads.look(name).have >= counted

    @invariant()
    def what_is_whole_is_what_its_name_promises(self):
        for name, data in FILES.items():
            path = self.disk.root / "uploads" / f"{name}.ringlight"
            assert not path.exists() or self.uploads.look(name).size == 0 or path.read_bytes() == data

    def put(self, name, size, offset, data, honest=True):
        begins = size != self.uploads.look(name).size
        try:
            have = self.uploads.put(name, size, offset, data).have
        except UploadRefused as error:
            if error.fault is Fault.HASH:
                self.counted[name] = 0
            if begins:
                self.forget_what_is_gone()
            return
        assert have == offset + len(data)
        # A part that is a lie is found out with the last one; what was counted then goes.
        self.counted[name] = have if honest and size == len(FILES[name]) and not self.lied(name) else 0
        if begins:
            self.forget_what_is_gone(name)

    def lied(self, name):
        file = self.disk.root / "uploads"
        parts = b"".join(path.read_bytes() for path in sorted(file.glob(f"{name}.*.part")))
        return not FILES[name].startswith(parts)

    def forget_what_is_gone(self, but=""):
        """A file that begins may need the room of another one, and hours make it old."""
        for name in FILES:
            if name != but:
                self.counted[name] = min(self.counted[name], self.uploads.look(name).have)


TestDesks = Desks.TestCase
TestDesks.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
