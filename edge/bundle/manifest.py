"""`manifest.json` and `signature`: what they may say, and the one byte form that is signed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    PlainSerializer,
    ValidationError,
    field_validator,
)

from edge.bundle.archive import MANIFEST, MEND, SIGNATURE
from edge.calibration import Calibration
from edge.errors import BundleError, UsageError
from edge.runtime.options import BatchProfile
from edge.tiles import Geometry

SCHEMA = 1
# Whole numbers up to here are the same in every JSON reader (RFC 8259, section 6).
_LARGEST_WHOLE = 2**53 - 1
# Scores are float32; what is near their end would overflow in the threshold.
_LARGEST_SCORE = 1e30

Precision = Literal["fp32", "fp16", "int8"]
"""What the backbone computes in; what judges its features always computes in single precision."""

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

    false_rejects_per_10000: FiniteFloat
    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat
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
    precision: Precision = Field(default="fp32", description="What the backbone computes in.")
    alignment: Literal["fixed", "free"]
    calibration: Calibration
    thresholds: tuple[ThresholdRow, ...]
    metrics: dict[str, FiniteFloat | None]
    dataset: DatasetFacts
    tools: dict[str, str] = Field(description="Versions of the tools that made the bundle.")
    serial: int = Field(
        ge=1, le=_LARGEST_WHOLE, description="Grows with every export; a box refuses to go back unasked."
    )
    batch: BatchProfile | None = Field(
        default=None, description="By how many tiles the graph is to be scored; absent in bundles of earlier versions."
    )
    created: str = Field(description="Wall time of the export, ISO 8601, UTC.")
    files: dict[str, Sha256] = Field(description="SHA-256 of every other file.")

    @field_validator("calibration")
    @classmethod
    def _scores_stay_numbers(cls, value: Calibration) -> Calibration:
        if max(abs(value.scores[0]), abs(value.scores[-1]), abs(value.location), value.scale) > _LARGEST_SCORE:
            raise ValueError(f"a number is beyond ±{_LARGEST_SCORE:g}, which no score can be")
        return value

    def canonical(self) -> bytes:
        """The manifest's one byte form: JSON, keys sorted, no spaces, UTF-8. What is stored, and what is signed."""
        return _canonical(self.model_dump(mode="json", by_alias=True))

    @classmethod
    def parse(cls, path: Path, data: bytes | None) -> Manifest:
        """Reads the manifest of the bundle at `path`, which stands in the errors.

        Raises:
            BundleError: it is absent, not JSON in the canonical form, of an unknown schema, or says what cannot be.
        """
        if data is None:
            raise BundleError(f"{path}: has no {MANIFEST}. {MEND}")
        values = _json(path, MANIFEST, data)
        schema = values.get("schema") if isinstance(values, dict) else None
        if type(schema) is not int or schema != SCHEMA:
            raise BundleError(
                f"{path}: {MANIFEST} has schema {repr(schema)[:40]}, this version reads {SCHEMA}. "
                "Export it again or update the software."
            )
        # Two readers that understand the same bytes differently (a key that comes twice) end here.
        if _canonical(values) != data:
            raise BundleError(f"{path}: {MANIFEST} is not in its canonical form, somebody edited it. {MEND}")
        return _validate(cls, path, MANIFEST, data)


class Signature(BaseModel):
    """`signature`: who signed, and the Ed25519 signature (RFC 8032) over the bytes of `manifest.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: str = Field(pattern=r"^[0-9a-f]{16}$", description="First 16 hex digits of SHA-256 over the public key.")
    ed25519: str = Field(pattern=r"^[0-9a-f]{128}$", description="The signature's 64 bytes in hex.")

    @classmethod
    def parse(cls, path: Path, data: bytes) -> Signature:
        """Reads the signature of the bundle at `path`. Raises BundleError where it is not one."""
        _json(path, SIGNATURE, data)
        return _validate(cls, path, SIGNATURE, data)

    def to_bytes(self) -> bytes:
        """The file's content."""
        return _canonical(self.model_dump(mode="json"))


_Part = TypeVar("_Part", Manifest, Signature)


def sha256(data: bytes) -> str:
    """The hash as the manifest writes it."""
    return hashlib.sha256(data).hexdigest()


def _canonical(values: Any) -> bytes:
    # A lone surrogate is in no UTF-8; replaced, it differs from what was read.
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")


def _json(path: Path, name: str, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    # Python's reader gives up on deep nesting and on numbers of thousands of digits.
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: {name} is not JSON ({error}). {MEND}") from error


def _refuse_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _validate(kind: type[_Part], path: Path, name: str, data: bytes) -> _Part:
    try:
        # Strictly: no text and no truth is taken for a number.
        return kind.model_validate_json(data, strict=True)
    except ValidationError as error:
        mistake = error.errors()[0]
        where = ".".join(str(step) for step in mistake["loc"])
        raise BundleError(f"{path}: {name}: {where}: {mistake['msg']}. {MEND}") from error
