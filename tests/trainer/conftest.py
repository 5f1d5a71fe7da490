from pathlib import Path

import pytest

from export.exporting import export_bundle


@pytest.fixture(scope="session")
def bundle_path(run_folder, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "stripes.ringlight"
    export_bundle(run_folder, out)
    return out
