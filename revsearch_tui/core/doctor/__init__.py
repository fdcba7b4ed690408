"""Is this installation sound? Looks at files and metadata; imports nothing heavy."""

from revsearch_tui.core.doctor.checks import check_servers, run_checks
from revsearch_tui.core.doctor.mend import MendPlan, mend_onnxruntime, plan_mend
from revsearch_tui.core.doctor.providers import Check, check_onnxruntime, nvidia_gpu, right_distribution

__all__ = [
    "Check",
    "MendPlan",
    "check_onnxruntime",
    "check_servers",
    "mend_onnxruntime",
    "nvidia_gpu",
    "plan_mend",
    "right_distribution",
    "run_checks",
]
