"""What a section of the file is."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Pin = int | str
Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=64)]


class Section(BaseModel):
    """A section of the file: unknown keys are refused, values do not change after loading. No number is nan or inf:
    TOML has both, and no comparison with them says what it seems to say."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
