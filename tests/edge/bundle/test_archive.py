"""Archives that no export writes: each is refused before memory is asked for what it announces."""

import io
import stat
import zipfile

import pytest
from hostile_bundles import end_field, index_field, packed, rehashed, structural_places

from edge.bundle import MANIFEST, MODEL, REPORT, SIGNATURE, Bundle
from edge.bundle.archive import LARGEST
from edge.errors import BundleError

MB = 1 << 20
# Offsets in an entry of the index: general purpose flags, method, compressed and full size, external attributes, and
# where the member's own header is.
FLAGS, METHOD, PACKED_SIZE, SIZE, ATTRIBUTES, HEADER_AT = 8, 10, 20, 24, 38, 42


@pytest.mark.parametrize(
    "name",
    [
        "../model.onnx",
        "../../etc/passwd",
        "/etc/passwd",
        "golden/../model.onnx",
        "./model.onnx",
        "C:\\model.onnx",
        "\\\\host\\model.onnx",
        "golden/",
        "MODEL.ONNX",
        "model.onnx ",
        "model.onnx\u202e",
        "model.onnx.data",
        "x" * 1000,
    ],
)
def test_a_name_that_no_bundle_has_is_refused(refuse, files, name):
    refuse(packed({**files, name: b"x"}), "which no bundle has")


def test_a_name_with_a_nul_is_not_read_up_to_it(refuse, whole):
    """zipfile cuts a name at its NUL; what was checked would not be what another reader takes."""
    refuse(whole.replace(b"golden/tiles.npy", b"signature\0iles.n"), "which no bundle has")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [MANIFEST, MODEL, SIGNATURE])
def test_a_name_that_comes_twice_is_refused(refuse, whole, files, name):
    buffer = io.BytesIO(whole)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, files[name])
    refuse(buffer.getvalue(), f"{name} twice")


def test_more_files_than_a_bundle_has_are_refused_by_their_count(refuse, files):
    refuse(packed(files | {f"{number}": b"" for number in range(2000)}), "holds 2005 files, a bundle at most 6")


def test_a_count_that_lies_is_refused(refuse, whole):
    refuse(end_field(end_field(whole, 8, "<H", 2), 10, "<H", 3), "holds 3 files")


def test_an_index_that_would_fill_the_memory_is_not_read(refuse, whole):
    refuse(end_field(whole, 12, "<L", 1 << 30), "its index does not fit its end")


def test_a_long_index_that_fits_its_end_is_refused_too(refuse, whole):
    buffer = io.BytesIO(whole)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.getinfo(MODEL).comment = b"x" * 5000
        archive.comment = b" "  # makes zipfile write its index anew
        archive.comment = b""
    refuse(buffer.getvalue(), "its index does not fit its end")


@pytest.mark.parametrize("offset", [4, 6])
def test_one_disk_of_several_is_refused(refuse, whole, offset):
    refuse(end_field(whole, offset, "<H", 1), "its index does not fit its end")


def test_zip64_is_refused(refuse, whole):
    """Its fields overrule the ones that were checked."""
    refuse(whole[:-22] + b"PK\x06\x07" + bytes(16) + end_field(whole[-22:], 16, "<L", len(whole)), "is packed as zip64")


@pytest.mark.parametrize("more", ["before", "after"])
def test_bytes_around_the_archive_are_refused(refuse, whole, more):
    """Prevents a file that is a bundle to one reader and a program to another."""
    refuse(b"#!/bin/sh\n" + whole if more == "before" else whole + b"x", "damaged or not a bundle")


def test_an_archive_comment_is_refused(refuse, whole):
    refuse(end_field(whole, 20, "<H", 4) + b"note", "damaged or not a bundle")


@pytest.mark.parametrize("name", sorted(LARGEST))
def test_no_member_may_announce_more_than_its_bound(refuse, files, name):
    data = packed({REPORT: b"", **files})
    refuse(index_field(data, name, SIZE, "<L", LARGEST[name] + 1), f"{name} has .* bytes, at most")


def test_a_member_that_grows_beyond_its_announced_size_is_refused(refuse, files):
    """A bomb whose index says that it is small."""
    data = packed({**files, REPORT: bytes(40 * MB)}, zipfile.ZIP_DEFLATED)
    refuse(index_field(data, REPORT, SIZE, "<L", 1000), f"{REPORT} is damaged")


def test_a_member_that_grows_a_hundredfold_is_refused(refuse, files):
    data = packed(rehashed(files, {REPORT: bytes(17 * MB)}), zipfile.ZIP_DEFLATED)
    assert len(data) < MB
    refuse(data, f"{REPORT} would grow from .* more than 100 times")


def test_a_file_larger_than_all_bounds_is_refused_unread(refuse, whole, monkeypatch):
    monkeypatch.setattr("edge.bundle.archive.LARGEST", {MODEL: 1000})
    refuse(whole, "no bundle is that large")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_unpack_a_block_at_once_are_refused(refuse, files, method):
    refuse(packed(files, method), f"{MANIFEST} is packed by method {method}")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(refuse, whole, kind):
    refuse(index_field(whole, MODEL, ATTRIBUTES, "<L", (kind | 0o777) << 16), f"{MODEL} is a link or a device")


def test_an_encrypted_member_is_refused(refuse, whole):
    refuse(index_field(whole, MODEL, FLAGS, "<H", 1), f"{MODEL} is encrypted")


def test_a_member_that_lies_outside_of_the_file_is_refused(refuse, whole):
    refuse(index_field(whole, MODEL, HEADER_AT, "<L", 0x7FFFFFFF), "damaged")


def test_two_members_that_share_their_bytes_are_refused(refuse, whole):
    """Prevents overlapping members, by which a small file becomes a large one (Fifield 2019)."""
    refuse(index_field(whole, MODEL, HEADER_AT, "<L", 0), "damaged")


def test_a_bundle_that_was_cut_off_anywhere_is_refused(refuse, whole):
    places = structural_places(whole)
    assert len(places) > 40
    for place in places:
        for cut in {place - 1, place, place + 1} & set(range(len(whole))):
            refuse(whole[:cut], "damaged or not a bundle")


def test_an_empty_file_and_an_empty_archive_are_refused(refuse):
    refuse(b"", "damaged or not a bundle")
    refuse(b"PK\x05\x06" + bytes(18), f"has no {MANIFEST}")


def test_a_folder_is_no_bundle(tmp_path):
    with pytest.raises(BundleError, match="cannot be read"):
        Bundle.read(tmp_path)
