"""A good model that cannot be loaded at a start: the other slot's serves, if it was good, and the box says so."""

import pytest
from small_bundle import write_small_bundle

from edge.clock import RealClock, VirtualClock
from edge.config import parse_config
from edge.errors import BundleError, ProviderError
from edge.health import Level
from edge.slots import Slots, Status
from edge.slots.flash import flash
from edge.slots.keeper import Keeper
from edge.slots.loading import load_slot
from edge.trust.folder import TrustFolder
from edge.trust.keys import PrivateKey, make_keys
from edge.virtual.disk import VirtualDisk


class Plant:
    """A box that trusts two keys: slot A holds `old` by the first, slot B `new` by the second; both were good."""

    def __init__(self, folder):
        (folder / "box").mkdir()
        text = (
            "[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n[slots]\nfolder = 'box/slots'\nbatch_ms = 60000\n"
        )
        text += "[trust]\nfolder = 'trust'\nserial_file = 'serial.json'\n"
        self.config = parse_config(text, folder=folder)
        self.trust, self.ids = TrustFolder(folder / "trust"), {}
        self.disk = VirtualDisk(folder / "box")
        self.slots = Slots(folder / "box" / "slots", self.disk)
        self.swaps = []
        for serial, name in enumerate(("old", "new"), start=1):
            private, public, key = make_keys(folder, name)
            self.trust.trust(public)
            self.ids[name] = key.id
            bundle = folder / f"{name}.ringlight"
            write_small_bundle(bundle, model_id=name, serial=serial, key=PrivateKey.read(private))
            flash(self.config, self.slots, bundle, clock=RealClock())
            self.slots.start()
            self.slots.mark_good()

    def start(self, load=load_slot):
        """Starts the box; `keeper` is its keeper. Returns the name of the model that inspects."""
        self.keeper = Keeper(self.slots, self.config, VirtualClock(), self.swaps.append, load)
        return self.keeper.open().model.id


@pytest.fixture
def plant(tmp_path):
    return Plant(tmp_path)


def test_a_model_whose_key_was_revoked_is_stood_in_for_and_that_is_a_fault(plant):
    """The box did not start, and the line stood still, although a good model lay in the other slot."""
    plant.trust.revoke(plant.ids["new"])
    assert plant.start() == "old"
    check = plant.keeper.check()
    assert check.level is Level.FAULT
    assert "revoked" in check.text
    assert "slots good" in check.mend
    assert plant.slots.active() == "a"
    assert plant.slots.state().b.status is Status.GOOD


def test_it_stays_a_fault_through_restarts_until_a_person_decides(plant):
    plant.trust.revoke(plant.ids["new"])
    plant.start()
    assert plant.start() == "old"
    plant.keeper.poll()
    assert plant.keeper.check().level is Level.FAULT
    plant.slots.mark_good()
    plant.keeper.poll()
    assert plant.keeper.check().level is Level.OK


def test_what_is_back_is_taken_over_again_when_a_person_says_so(plant):
    def gone(path, config):
        if path == plant.slots.bundle("b"):
            raise ProviderError("CUDAExecutionProvider does not run")
        return load_slot(path, config)

    assert plant.start(gone) == "old"
    assert plant.start() == "old"
    plant.slots.rollback()
    plant.keeper.poll()
    assert [loaded.model.id for loaded in plant.swaps] == ["new"]
    assert plant.slots.state().b.why == ""
    assert plant.keeper.check().level is Level.OK


def test_two_models_that_cannot_be_loaded_end_the_start_with_the_first_ones_reason(plant):
    for key_id in plant.ids.values():
        plant.trust.revoke(key_id)
    before = plant.slots.state()
    with pytest.raises(BundleError, match=plant.ids["new"]):
        plant.start()
    assert plant.slots.state() == before
    assert plant.slots.active() == "b"


def test_a_model_that_was_never_good_does_not_stand_in(plant):
    plant.slots.change(plant.slots.state().put("a", plant.slots.state().a.become(status=Status.PROVEN)))
    plant.trust.revoke(plant.ids["new"])
    with pytest.raises(BundleError, match="revoked"):
        plant.start()


def test_a_disk_that_takes_no_writes_is_told_when_it_does(plant):
    plant.trust.revoke(plant.ids["new"])
    plant.disk.read_only = True
    assert plant.start() == "old"
    plant.keeper.poll()
    assert plant.keeper.check().level is Level.FAULT
    assert plant.slots.active() == "b"
    plant.disk.read_only = False
    plant.keeper.poll()
    assert plant.slots.active() == "a"
    assert plant.keeper.check().level is Level.FAULT


def test_the_doctor_says_it_too(plant):
    from edge.cli.doctor import look_at_slots

    plant.trust.revoke(plant.ids["new"])
    plant.start()
    found = list(look_at_slots(plant.config))
    assert [(check.level, "revoked" in check.text) for check in found] == [(Level.FAULT, True)]
