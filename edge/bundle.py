"""The model bundle: one file, `NAME.ringlight`, a zip that is verified before anything in it is believed.

manifest.json       what the model is, and the SHA-256 of every other file
model.onnx          one self-contained graph, camera bytes in, score out
golden/tiles.npy    uint8 [K, H, W, 3]: pictures whose scores are known
golden/scores.npy   float32 [K]: what the runtime gave for them when the bundle was made
report.html         the evaluation, for people (may be absent)
signature           reserved: Ed25519 over `Manifest.canonical()`. The manifest lists every other file's hash, so
                    it covers them all; the signature itself is the one file that is not listed.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationError

from edge.calibration import Calibration
from edge.errors import BundleError, UsageError
from edge.parts import Image
from edge.tiles import Geometry

SCHEMA = 1
MANIFEST, MODEL, REPORT, SIGNATURE = "manifest.json", "model.onnx", "report.html", "signature"
GOLDEN_TILES, GOLDEN_SCORES = "golden/tiles.npy", "golden/scores.npy"

_MB = 1 << 20
_LARGEST = {
    MANIFEST: 32 * _MB,
    MODEL: 512 * _MB,
    GOLDEN_TILES: 64 * _MB,
    GOLDEN_SCORES: _MB,
    REPORT: 64 * _MB,
}
_REQUIRED = (MODEL, GOLDEN_TILES, GOLDEN_SCORES)
_MEND = "Export it again, or copy it again if it came over a network."

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _geometry(value: Any) -> Geometry:
    if isinstance(value, Geometry):
        return value
    if not isinstance(value, dict):
        raise ValueError("geometry is not a table")
    try:
        return Geometry.from_dict(value)
    except UsageError as error:
        raise ValueError(str(error)) from error


class DatasetFacts(BaseModel):
    """What the model learned from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    fingerprint: Sha256 = Field(description="SHA-256 over the names and contents of the data set's files.")
    fitted: int = Field(ge=1, description="Good pictures that the model was fitted to.")
    held_out: int = Field(ge=1, description="Good pictures kept aside for the calibration.")


class ThresholdRow(BaseModel):
    """What the calibration says for one rate, for people; the box computes its own from `calibration`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    false_rejects_per_10000: float
    value: float
    low: float
    high: float
    how: Literal["empirical", "tail"]
    warning: str = ""


class Manifest(BaseModel):
    """`manifest.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    schema_version: Literal[1] = Field(SCHEMA, alias="schema")
    model_id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="Name and short hash of the graph.")
    method: str
    backbone: str
    geometry: Annotated[
        Geometry, BeforeValidator(_geometry), PlainSerializer(lambda value: value.to_dict(), return_type=dict)
    ]
    alignment: Literal["fixed", "free"]
    calibration: Calibration
    thresholds: tuple[ThresholdRow, ...]
    metrics: dict[str, float | None]
    dataset: DatasetFacts
    tools: dict[str, str] = Field(description="Versions of the tools that made the bundle.")
    serial: int = Field(ge=1, description="Grows with every export; a box refuses to go back unasked.")
    created: str = Field(description="Wall time of the export, ISO 8601, UTC.")
    files: dict[str, Sha256] = Field(description="SHA-256 of every other file.")

    def canonical(self) -> bytes:
        """The manifest's one byte form: JSON, keys sorted, no spaces, UTF-8. Stored, and to be signed."""
        values = self.model_dump(mode="json", by_alias=True)
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle."""

    path: Path
    manifest: Manifest
    model: bytes
    golden_tiles: Image
    golden_scores: NDArray[np.float32]
    report: bytes | None
    size: int

    @classmethod
    def read(cls, path: Path) -> Bundle:
        """Reads a bundle and verifies names, sizes, schema, manifest and hashes.

        Raises:
            BundleError: anything is wrong; the message names the file and the mend.
        """
        path = Path(path)
        files = _unpack(path)
        manifest = _manifest(path, files.pop(MANIFEST, None))
        _compare(path, manifest, files)
        tiles, scores = _array(path, GOLDEN_TILES, files), _array(path, GOLDEN_SCORES, files)
        shape = (manifest.geometry.input_h, manifest.geometry.input_w, 3)
        if tiles.dtype != np.uint8 or tiles.shape[1:] != shape or len(tiles) < 1:
            raise BundleError(
                f"{path}: {GOLDEN_TILES} is {tiles.dtype} {tiles.shape}, not uint8 [K, *{shape}]. {_MEND}"
            )
        if scores.dtype != np.float32 or scores.shape != (len(tiles),):
            raise BundleError(f"{path}: {GOLDEN_SCORES} is not float32 with one score a tile. {_MEND}")
        return cls(path, manifest, files[MODEL], tiles, scores, files.get(REPORT), path.stat().st_size)


def sha256(data: bytes) -> str:
    """The hash as the manifest writes it."""
    return hashlib.sha256(data).hexdigest()


def _unpack(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _refuse_strangers(path, entries)
            return {entry.filename: archive.read(entry) for entry in entries}
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror or error}). Check the path.") from error
    # zipfile says NotImplementedError of a compression that it does not know.
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise BundleError(f"{path}: is damaged or not a bundle ({error}). {_MEND}") from error


def _refuse_strangers(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Nothing is unpacked to disk, so a name can do no harm by itself; but a bundle with one is not ours."""
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if name == SIGNATURE:
            raise BundleError(f"{path}: is signed, which this version cannot verify. Update the box's software.")
        if name not in _LARGEST:
            raise BundleError(f"{path}: holds {name!r}, which no bundle has. {_MEND}")
        if name in seen:
            raise BundleError(f"{path}: holds {name} twice. {_MEND}")
        if entry.file_size > _LARGEST[name]:
            raise BundleError(f"{path}: {name} has {entry.file_size} bytes, at most {_LARGEST[name]} are read. {_MEND}")
        seen.add(name)


def _manifest(path: Path, data: bytes | None) -> Manifest:
    if data is None:
        raise BundleError(f"{path}: has no {MANIFEST}. {_MEND}")
    try:
        values = json.loads(data)
    except ValueError as error:
        raise BundleError(f"{path}: {MANIFEST} is not JSON ({error}). {_MEND}") from error
    schema = values.get("schema") if isinstance(values, dict) else None
    if schema != SCHEMA:
        raise BundleError(f"{path}: has schema {schema!r}, this version reads {SCHEMA}. Export it again or update.")
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        mistake = error.errors()[0]
        where = ".".join(str(step) for step in mistake["loc"])
        raise BundleError(f"{path}: {MANIFEST}: {where}: {mistake['msg']}. {_MEND}") from error


def _compare(path: Path, manifest: Manifest, files: dict[str, bytes]) -> None:
    for name in _REQUIRED:
        if name not in files:
            raise BundleError(f"{path}: has no {name}. {_MEND}")
    if set(files) != set(manifest.files):
        odd = ", ".join(sorted(set(files) ^ set(manifest.files)))
        raise BundleError(f"{path}: {odd} is in the manifest or in the file, not in both. {_MEND}")
    for name, data in files.items():
        if sha256(data) != manifest.files[name]:
            raise BundleError(f"{path}: {name} is not what the manifest says (SHA-256 differs). {_MEND}")


def _array(path: Path, name: str, files: dict[str, bytes]) -> NDArray[Any]:
    try:
        return np.load(io.BytesIO(files[name]), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BundleError(f"{path}: {name} is not a plain array ({error}). {_MEND}") from error
