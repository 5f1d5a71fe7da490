"""The model bundle: one file, `NAME.ringlight`, a zip that is verified before anything in it is believed.

manifest.json       what the model is, and the SHA-256 of every other file
model.onnx          one self-contained graph, camera bytes in, score out
golden/tiles.npy    uint8 [K, H, W, 3]: pictures whose scores are known
golden/scores.npy   float32 [K]: what the runtime gave for them when the bundle was made
report.html         the evaluation, for people (may be absent)
signature           Ed25519 over the bytes of manifest.json (may be absent; whether a box takes that, `edge.trust`
                    says). The manifest lists every other file's hash, so it covers them all; the signature itself is
                    the one file that is not listed.
"""

from edge.bundle.archive import GOLDEN_SCORES, GOLDEN_TILES, MANIFEST, MODEL, REPORT, SIGNATURE
from edge.bundle.bundle import Bundle
from edge.bundle.manifest import SCHEMA, DatasetFacts, Manifest, Precision, Sha256, Signature, ThresholdRow, sha256

__all__ = [
    "GOLDEN_SCORES",
    "GOLDEN_TILES",
    "MANIFEST",
    "MODEL",
    "REPORT",
    "SCHEMA",
    "SIGNATURE",
    "Bundle",
    "DatasetFacts",
    "Manifest",
    "Precision",
    "Sha256",
    "Signature",
    "ThresholdRow",
    "sha256",
]
