"""Times of a table's networks: all rows in one exclusive process, in turns."""

from __future__ import annotations

import multiprocessing
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ablations.planning.expand import StageRun
from ablations.planning.jobs import threads_each
from ablations.planning.locks import Lock, Owner, owners
from ablations.planning.plan import Plan
from ablations.planning.timings import read_timing, write_timing
from common.errors import one_line

#: Rounds that count, and those before them that do not.
RUNS, WARM_UP = 30, 10


Name = TypeVar("Name")


@dataclass(frozen=True)
class Timed:
    """One run's networks to be timed: its configuration, and the names of the networks."""

    folder: Path
    config: Mapping[str, Any]
    networks: tuple[str, ...]


def time_rows(plan: Plan, runs: Path, say: Callable[[str], None] = print) -> None:
    """Measure the times that a table's columns show, of all rows together, unless one process has measured them all.

    Writes `timing.json` into the folders of the rows' tests. Where other stages work in `runs`, or a network cannot be
    timed, it says so and leaves everything as it is.
    """
    networks = tuple(dict.fromkeys(column.time for column in plan.table.columns if column.time))
    tests = _tests(plan) if networks else []
    if not tests or _is_complete(plan, tests, networks):
        return
    lock = Lock.acquire(runs / "timing")
    if lock is None:
        say("times are not measured: another process measures some; run the same command again when it has ended")
        return
    try:
        others = _others(runs)
        if not others:
            say(f"measuring the times of {len(tests)} runs, in turns")
            jobs = [Timed(run.folder, run.config, networks) for run in tests]
            about, seconds = _in_a_process(jobs, threads_each(plan, 1))
            others = _others(runs)
        if others:
            say(f"times are not measured while {others[0]} is running; run the same command again afterwards")
            return
        for run in tests:
            write_timing(run.folder, plan.table.id, about, seconds[str(run.folder)])
    except (BrokenProcessPool, RuntimeError, ValueError, TypeError, OSError) as error:
        say(f"times are not measured: {one_line(error)}")
    finally:
        lock.release()


def _others(runs: Path) -> list[Owner]:
    return [owner for owner in owners(runs) if owner != Owner.this()]


def _tests(plan: Plan) -> list[StageRun]:
    """Return the first seed's tests of the finished rows, each run once."""
    found = {run.key: run for row in plan.finished_rows() for run in row.tests(min(row.seeds))}
    return list(found.values())


def _is_complete(plan: Plan, tests: Sequence[StageRun], networks: Sequence[str]) -> bool:
    """True if one process has timed every network of all runs."""
    found = [[read_timing(run.folder, plan.table.id, name) for name in networks] for run in tests]
    timings = [timing for line in found for timing in line if timing]
    return all(any(line) for line in found) and len({timing.process for timing in timings}) == 1


def _in_a_process(jobs: Sequence[Timed], threads: int) -> tuple[dict[str, Any], dict[str, dict[str, list[float]]]]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, list(jobs), threads).result()


def measure(
    jobs: Sequence[Timed], threads: int, runs: int = RUNS, warm_up: int = WARM_UP
) -> tuple[dict[str, Any], dict[str, dict[str, list[float]]]]:
    """Return what is the same for all (process, machine, ...), and by folder each network's seconds in order.

    A pass is of one image of the data's size, with initial weights, in evaluation mode and float32. A network that a
    run's model does not have, or says no input of, is left out.
    """
    import torch

    from ablations.running.provenance import machine

    torch.set_num_threads(threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    calls: dict[tuple[str, str], Callable[[], object]] = {}
    for job in jobs:
        calls |= {(str(job.folder), name): call for name, call in _passes(job, device).items()}
    synchronise = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    with torch.inference_mode():
        times = seconds_in_turns(calls, runs, warm_up, synchronise)
    about = {
        "process": uuid.uuid4().hex[:12],
        "machine": machine(),
        "device": device.type,
        "torch": torch.__version__,
        "warm_up": warm_up,
    }
    found: dict[str, dict[str, list[float]]] = {str(job.folder): {} for job in jobs}
    for (folder, name), seconds in times.items():
        found[folder][name] = seconds
    return about, found


def _passes(job: Timed, device: Any) -> dict[str, Callable[[], object]]:
    """Return a function for one forward pass of each network of a run."""
    from ablations.resolving.parameters import example_inputs, import_class

    model = import_class(job.config["model"]["class_path"])(**job.config["model"]["init_args"]).to(device)
    inputs = example_inputs(model, job.config, device)
    there = {name: getattr(model, name, None) for name in job.networks if name in inputs}
    return {name: _call(net, inputs[name]) for name, net in there.items() if net is not None}


def _call(network: Callable[..., object], inputs: Sequence[Any]) -> Callable[[], object]:
    return lambda: network(*inputs)


def seconds_in_turns(
    calls: Mapping[Name, Callable[[], object]],
    runs: int,
    warm_up: int,
    synchronise: Callable[[], None],
    clock: Callable[[], float] = time.perf_counter,
) -> dict[Name, list[float]]:
    """Return the seconds of `runs` calls of each, one of each a round, after `warm_up` rounds that do not count.

    What slows the machine down for a while then slows all of them alike.
    """
    found: dict[Name, list[float]] = {name: [] for name in calls}
    for turn in range(warm_up + runs):
        for name, call in calls.items():
            synchronise()
            start = clock()
            call()
            synchronise()
            if turn >= warm_up:
                found[name].append(clock() - start)
    return found
