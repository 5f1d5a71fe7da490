"""The box's configuration: one TOML file, one pydantic model a section, unknown keys refused."""

from edge.config.load import load_config, parse_config
from edge.config.models import (
    BeltConfig,
    BoxConfig,
    CameraConfig,
    Config,
    EjectorConfig,
    FlashConfig,
    LightConfig,
    ModelConfig,
    MqttConfig,
    PartConfig,
    SlotsConfig,
    StatusConfig,
    StoreConfig,
    TriggerConfig,
    TrustConfig,
    VerdictConfig,
)

__all__ = [
    "BeltConfig",
    "BoxConfig",
    "CameraConfig",
    "Config",
    "EjectorConfig",
    "FlashConfig",
    "LightConfig",
    "ModelConfig",
    "MqttConfig",
    "PartConfig",
    "SlotsConfig",
    "StatusConfig",
    "StoreConfig",
    "TriggerConfig",
    "TrustConfig",
    "VerdictConfig",
    "load_config",
    "parse_config",
]
