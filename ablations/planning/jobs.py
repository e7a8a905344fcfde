"""Number of parallel stages, and of threads per stage."""

from __future__ import annotations

import os

from ablations.planning.plan import Plan


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs(plan: Plan) -> int:
    """Return the number of parallel stages: that of the scale, limited by the cores for their threads."""
    return max(1, min(plan.family_scale.jobs, cores() // (plan.family_scale.threads or 1)))


def threads_each(plan: Plan, jobs: int) -> int:
    """Return the threads per stage: those of the scale, so that results are the same anywhere; else a fair share."""
    return plan.family_scale.threads or max(1, cores() // jobs)
