"""The report: one self-contained HTML page that says what a model catches, what it misses, and how sure that is.

No network, no script, pictures inside as JPEG; bounded in size. The same page for an evaluation on test pictures
(`evaluation_report`) and for a training that has seen good parts only (`training_report`, in every bundle).
"""

from trainer.report.evaluation import evaluation_report
from trainer.report.training import MET, met_warning, training_report

__all__ = ["MET", "evaluation_report", "met_warning", "training_report"]
