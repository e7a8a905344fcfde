"""How many stages run side by side, and with how many threads each."""

from __future__ import annotations

import os

from ablations.planning.plan import Plan


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def default_jobs(plan: Plan) -> int:
    """How many stages run side by side: what the scale says, never more than there are cores for their threads."""
    return max(1, min(plan.family_scale.jobs, cores() // (plan.family_scale.threads or 1)))


def threads_each(plan: Plan, jobs: int) -> int:
    """Threads of each stage: what the scale says, so that results do not depend on the machine; else a fair share."""
    return plan.family_scale.threads or max(1, cores() // jobs)
