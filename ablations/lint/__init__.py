"""Fairness checklist of an ablation: checks of the table file, and of its finished runs."""

from __future__ import annotations

from ablations.lint.checklist import CHECKS, lint
from ablations.lint.runs import RUN_CHECKS, lint_runs

__all__ = ["CHECKS", "RUN_CHECKS", "lint", "lint_runs"]
