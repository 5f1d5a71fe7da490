"""From a part in a scene to the light that reaches the lens: linear, without blur or noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.simulate.defects import Defect, Height
from trainer.simulate.scene import LENS_HEIGHT, Lamp, View, Window
from trainer.simulate.shading import Patch, ring_on_belt, shade, shadow
from trainer.simulate.sleeve import CHAMFER_SLOPE, RADIUS, Field, Sleeve

_FINE = 2
_BELT = np.array([0.030, 0.033, 0.032], np.float32)
_LED = np.array([1.0, 0.985, 0.955], np.float32)


@dataclass(frozen=True, slots=True)
class Placed:
    """A defect and where around the part it lies: φ from the lens' side, radians."""

    defect: Defect
    phi: float


@dataclass(frozen=True)
class Scene:
    """A part, how it lies, and its light. belt: seed of the belt's grain."""

    sleeve: Sleeve
    view: View
    lamp: Lamp
    belt: int

    def radiance(self) -> Field:
        """Linear RGB [H, W, 3] of the whole picture with a good part, about 0 to 1 (highlights go above)."""
        light = self._belt()
        window = self.view.part_window
        metal, covered = self._metal(window, None)
        behind = light[window.slices]
        behind += covered * (metal - behind)
        return light

    def change(self, window: Window, placed: Placed) -> Field:
        """What a defect adds to the radiance of the window's pixels, [h, w, 3]; 2 × 2 points in each, because scratches
        are thinner than a pixel."""
        good, _ = self._metal(window, None, _FINE)
        bad, covered = self._metal(window, placed, _FINE)
        size = window.right - window.left, window.bottom - window.top
        return np.asarray(cv2.resize(covered * (bad - good), size, interpolation=cv2.INTER_AREA), np.float32)

    def highlight(self) -> tuple[float, float]:
        """Where the mirrored lamp lies around the part's middle, and its deviation: degrees from the lens' side."""
        phi = np.deg2rad(np.linspace(-80, 80, 321)).astype(np.float32)[:, None]
        flat = np.zeros_like(phi)
        patch = Patch(flat, phi, np.full_like(phi, RADIUS), flat, flat)
        _, gloss = shade(patch, self.sleeve, self._leds, self._lens)
        weight, degrees = gloss.ravel() / gloss.sum(), np.rad2deg(phi).ravel()
        at = float(np.sum(weight * degrees))
        return at, float(np.sqrt(np.sum(weight * (degrees - at) ** 2)))

    def reach(self, placed: Placed, margin_px: int) -> Window:
        """The pixels of the part that a defect can change, and a margin."""
        across = RADIUS * np.sin(placed.phi)
        margin = margin_px * self.view.mm_per_px
        around = self.view.around(placed.defect.u, float(across), placed.defect.reach + margin)
        return around.cut(self.view.part_window)

    def _chamfer(self, along: Field, across: Field, placed: Placed | None) -> Field | float:
        if placed is None or placed.defect.chamfer is None:
            return self.sleeve.chamfer
        # On the chamfer the radius is not the body's; half of its depth less is near enough to find the angle.
        radius = RADIUS - CHAMFER_SLOPE * self.sleeve.chamfer / 2
        phi = np.arcsin(np.clip(across / np.float32(radius), -1, 1))
        factor = placed.defect.chamfer((phi - np.float32(placed.phi)) * np.float32(RADIUS))
        return self.sleeve.chamfer * np.where(np.sign(along) == np.sign(placed.defect.u), factor, 1)

    def _metal(self, window: Window, placed: Placed | None, fine: int = 1) -> tuple[Field, Field]:
        """Linear RGB [h, w, 3] of the part, and the share [h, w, 1] of each pixel that it covers."""
        along, across = self.view.part(window, fine)
        radius, slope_u = self.sleeve.profile(along, self._chamfer(along, across, placed))
        phi = np.arcsin(np.clip(across / radius, -0.9999, 0.9999))
        s = phi * np.float32(RADIUS)
        marks, reflectance = self.sleeve.mark_slopes(along, s + np.float32(np.deg2rad(self.view.pose.roll) * RADIUS))
        slope_u, slope_s = slope_u + marks, np.zeros_like(marks)
        tint = np.array(self.sleeve.tint, np.float32) * _LED * reflectance[..., None]
        if placed is not None:
            u, s = along - np.float32(placed.defect.u), s - np.float32(placed.phi * RADIUS)
            if placed.defect.height is not None:
                du, ds = self._gradient(placed.defect.height, u, s)
                slope_u, slope_s = slope_u + du, slope_s + ds
            if placed.defect.opacity is not None:
                tint = tint * (
                    1 - placed.defect.opacity(u, s)[..., None] * (1 - np.array(placed.defect.stain, np.float32))
                )
        luminance, _ = shade(Patch(along, phi, radius, slope_u, slope_s), self.sleeve, self._leds, self._lens)
        px = np.float32(self.view.mm_per_px / self.view.pose.scale / fine)
        beyond = np.minimum(radius - np.abs(across), np.float32(self.sleeve.length / 2) - np.abs(along))
        return luminance[..., None] * tint, np.clip(beyond / px + 0.5, 0, 1)[..., None]

    def _gradient(self, height: Height, u: Field, s: Field) -> tuple[Field, Field]:
        """Slopes of a height over a pixel, so that what is smaller does not alias."""
        step = np.float32(self.view.mm_per_px / 2)
        du = (height(u + step, s) - height(u - step, s)) / (2 * step)
        return du, (height(u, s + step) - height(u, s - step)) / (2 * step)

    def _belt(self) -> Field:
        """Dark rubber with a grain, and the part's shadow on it."""
        rng = np.random.default_rng(self.belt)
        noise = rng.standard_normal((self.view.height, self.view.width), np.float32)
        fine, wide = (np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma), np.float32) for sigma in (0.9, 6))
        grain = 1 + 0.12 * fine / fine.std() + 0.08 * wide / wide.std()
        along, across = self.view.part(self.view.whole)
        light = ring_on_belt(*self.view.belt(self.view.whole), self.lamp.leds())
        light = light * (1 - shadow(across, np.abs(along) - np.float32(self.sleeve.length / 2)))
        return (light * grain)[..., None] * _BELT * _LED

    @cached_property
    def _leds(self) -> NDArray[np.float64]:
        return self.view.to_part(self.lamp.leds())

    @cached_property
    def _lens(self) -> NDArray[np.float64]:
        return self.view.to_part(np.array([[0.0, 0.0, LENS_HEIGHT]]))[0]
