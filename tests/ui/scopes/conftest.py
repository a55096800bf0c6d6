"""The workbench of the quality tests, for graphs along its timeline."""

from tests.ui.quality.conftest import bench, known  # noqa: F401
