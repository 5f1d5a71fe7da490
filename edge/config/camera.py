"""The section about the camera."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from edge.config.section import Section


class CameraConfig(Section):
    """Where pictures come from."""

    source: Literal["v4l2", "genicam", "folder", "video", "virtual"] = Field(
        default="v4l2",
        description="`v4l2`: a webcam. `genicam`: an industrial camera through its maker's GenTL producer. `folder`: "
        "pictures of a folder in the order of their names, over and over. `video`: a video file or a network stream. "
        "`virtual`: the virtual line's camera (`ringlight demo`).",
    )
    device: str = Field(
        default="/dev/video0",
        description="The webcam's device, the GenICam camera's serial number, the folder, or the video's address. For "
        "a webcam take the stable name under `/dev/v4l/by-id/`: `/dev/video0` may be another camera after a restart.",
    )
    producer: Path | None = Field(
        default=None, description="For `genicam`: the GenTL producer (`.cti`) that came with the camera's driver."
    )
    pixel_format: Literal["Mono8", "RGB8", "RGBa8", "BGR8", "BayerRG8", "BayerGB8", "BayerGR8", "BayerBG8"] = Field(
        default="BayerRG8", description="For `genicam`: the pixel format that the camera is asked for."
    )
    width_px: int = Field(default=640, ge=16, le=8192, description="Width of a frame.")
    height_px: int = Field(default=480, ge=16, le=8192, description="Height of a frame.")
    fps: float = Field(default=30.0, gt=0, le=500, description="Frames a second that the camera is asked for.")
    fourcc: str = Field(default="MJPG", pattern=r"^.{4}$", description="Pixel format that a webcam is asked for.")
    exposure: float | None = Field(
        default=None,
        description="Exposure in the driver's units (GenICam: microseconds), automatic exposure off. Unset leaves the "
        "camera alone.",
    )
    gain: float | None = Field(default=None, description="Gain in the driver's units. Unset leaves the camera alone.")
    white_balance_k: float | None = Field(
        default=None, description="White balance in kelvin, automatic balance off. Unset leaves the camera alone."
    )
    focus: float | None = Field(
        default=None, description="Focus in the driver's units, automatic focus off. Unset leaves the camera alone."
    )
    power_line_hz: Literal[0, 50, 60] | None = Field(
        default=None,
        description="Frequency of the mains, against flicker of lamps that are not the box's; 0 switches the camera's "
        "filter off. Unset leaves the camera alone.",
    )
    open_timeout_ms: int = Field(
        default=10_000, ge=100, le=120_000, description="How long a camera may take to open before it counts as absent."
    )
    settle_frames: int = Field(
        default=3,
        ge=0,
        le=100,
        description="Frames of a webcam that are thrown away after each opening: they may be old ones out of the "
        "driver's queue, or taken before the controls took.",
    )
    frozen_frames: int = Field(
        default=30,
        ge=0,
        le=10_000,
        description="So many frames without a single pixel's difference are a camera that repeats itself; it is "
        "reopened. A live sensor's noise is never the same twice. 0 switches this off.",
    )
    read_timeout_ms: int = Field(
        default=500,
        ge=10,
        le=60_000,
        description="A read that takes longer counts as a lost camera, which is then reopened.",
    )
    flat_field: Path | None = Field(
        default=None,
        description="File that `ringlight calibrate flat` wrote; relative to this file. Each frame is corrected by it "
        "as it comes from the camera, so recorded pictures carry it too: record and train anew after a change. Unset: "
        "frames stay as they are.",
    )
    mm_per_px: float = Field(
        default=0.5,
        gt=0,
        description="Size of a pixel on the belt, in millimetres: what `ringlight calibrate pitch` says of a printed "
        "target.",
    )
    motion: Literal["+x", "-x", "+y", "-y"] = Field(
        default="+x",
        description="Where parts move to in the picture: `+x` is from left to right, `+y` from top to bottom.",
    )

    @model_validator(mode="after")
    def _genicam_has_its_producer(self) -> CameraConfig:
        if self.source == "genicam" and self.producer is None:
            raise ValueError('camera.producer is missing: camera.source = "genicam" needs the maker\'s .cti file')
        return self
