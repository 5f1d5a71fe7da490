"""The ONNX Runtime session: provider choice, engines, warm-up, batch scoring, and the truth about where it runs."""

from edge.runtime.options import BatchProfile, Settings
from edge.runtime.report import Nodes, Report
from edge.runtime.runtime import Runtime

__all__ = ["BatchProfile", "Nodes", "Report", "Runtime", "Settings"]
