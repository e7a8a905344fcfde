"""Whether an ablation is fair: a checklist over a table file, and over what has run of it."""

from __future__ import annotations

from ablations.lint.checklist import CHECKS, lint
from ablations.lint.runs import RUN_CHECKS, lint_runs

__all__ = ["CHECKS", "RUN_CHECKS", "lint", "lint_runs"]
