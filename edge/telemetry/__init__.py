"""MQTT: results from the store to the broker, availability, health, and commands. See `topics` for the table."""

from edge.telemetry.payloads import info_of, state_of
from edge.telemetry.telemetry import Telemetry
from edge.telemetry.topics import base_topic

__all__ = ["Telemetry", "base_topic", "info_of", "state_of"]
