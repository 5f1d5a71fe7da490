"""From the searched rectangle to the picture that the model sees: one function for recording and inspecting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edge.camera.aim import Sight
from edge.config.models import Config, PartConfig
from edge.config.regions import LocateConfig, RegionsConfig
from edge.errors import ConfigError, DatasetError
from edge.imaging.dark import Darkness
from edge.parts import Image, PartMap
from edge.picture import load_image
from edge.regions.contour import ContourLocator
from edge.regions.pose import Pose, upright
from edge.regions.template import TemplateLocator
from edge.regions.zones import Zones
from edge.verdict import Judge


class Preparation:
    """Finds the part, turns it upright and paints what is masked.

    Raises:
        ConfigError: the template cannot be read.
    """

    def __init__(self, locate: LocateConfig, regions: RegionsConfig) -> None:
        self._locate = locate
        self.zones = Zones(regions.masks, regions.zones, regions.thresholds)
        self._locator: ContourLocator | TemplateLocator | None = None
        self._size = (locate.height_px, locate.width_px)
        if locate.how == "contour":
            self._locator = ContourLocator(locate)
        elif locate.how == "template" and locate.template is not None:
            self._locator = TemplateLocator(locate, _read(locate))
            self._size = (locate.height_px or self._locator.size[0], locate.width_px or self._locator.size[1])

    def size(self, part: PartConfig) -> tuple[int, int] | None:
        """(width, height) of the pictures that come out of the rectangle of `[part]`; None where the frame says it."""
        height, width = self._size if self._locator is not None and self._locate.pose != "keep" else (0, 0)
        width, height = width or part.w_px, height or part.h_px
        return (width, height) if width and height else None

    def __call__(self, image: Image) -> Image:
        """The part's own picture, uint8 [h, w, 3], from the searched rectangle, uint8 [H, W, 3].

        Raises:
            NotLocated: no whole part is in it.
        """
        if self._locator is not None:
            pose = self._locator.locate(image)
            if self._locate.pose != "keep":
                if self._locate.pose == "shift":
                    pose = Pose(pose.x, pose.y)
                size = (self._size[0] or image.shape[0], self._size[1] or image.shape[1])
                image = upright(image, pose, size)
        return self.zones.paint(image)


def prepared(
    config: Config, look: Callable[[Sight], PartMap], lit: Callable[[Image], object] | None = None
) -> Callable[[Sight], PartMap]:
    """Has `look` see the prepared picture, and says in the map which one it was.

    Args:
        lit: raises TooDark for a picture in which nothing can be seen; the configured limit where it is None.
    """
    preparation = Preparation(config.locate, config.regions)
    lit = lit or Darkness(config.imaging.dark_level).require

    def look_at(sight: Sight) -> PartMap:
        lit(sight.image)  # before the part is looked for: in the dark there is none, and that is not the part's fault
        image = preparation(sight.image)
        part_map = look(replace(sight, image=image))
        preparation.zones.hush(part_map, image.shape[:2])
        return replace(part_map, image=image)

    return look_at


def make_judge(config: Config, threshold: float) -> Judge:
    """The judge for a threshold in raw scores and the configured zones."""
    regions = config.regions
    return Judge(threshold, zones=Zones({}, regions.zones, regions.thresholds) if regions.zones else None)


def _read(locate: LocateConfig) -> Image:
    assert locate.template is not None
    try:
        return load_image(locate.template)
    except DatasetError as error:
        raise ConfigError(f"locate.template: {error}") from error
