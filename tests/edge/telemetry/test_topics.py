"""The table, the page made from it, and the schemas."""

from pathlib import Path

import jsonschema
import pytest

from edge.config import BoxConfig
from edge.telemetry.reference import reference_page
from edge.telemetry.topics import COMMANDS, TOPICS, base_topic, schema_of

REPOSITORY = Path(__file__).parents[3]


def test_the_page_is_up_to_date():
    """`python -m edge.telemetry.reference > docs/mqtt.md` mends it."""
    assert (REPOSITORY / "docs" / "mqtt.md").read_text(encoding="utf-8") == reference_page()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.schema)
def test_each_example_fits_its_schema(topic):
    schema = schema_of(topic)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(topic.example, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.schema)
def test_a_payload_without_a_required_field_does_not_fit(topic):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({}, schema_of(topic), jsonschema.Draft202012Validator)


def test_all_schemas_belong_to_a_topic():
    files = {path.stem for path in (REPOSITORY / "edge" / "telemetry" / "schemas").glob("*.json")}
    assert files == {topic.schema for topic in TOPICS}


def test_command_examples_fit():
    command = next(topic for topic in TOPICS if topic.schema == "command")
    for one in COMMANDS:
        jsonschema.validate(one.example, schema_of(command), jsonschema.Draft202012Validator)


def test_the_base_topic_is_made_of_the_boxs_names():
    assert base_topic(BoxConfig(site="ulm", line="3", name="b")) == "ringlight/ulm/3/b"
