"""Killed at random moments, again and again, a table ends as if nothing had happened, and nothing is trained twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.tiny_ablation import EVERY, ITERATIONS, executed, what_counts

from ablations.planning.locks import owner

COMMAND = "import sys; from pathlib import Path; from support.{} import main; sys.exit(main(Path(sys.argv[1])))"
#: Tables by the module of their command, with the number of trainings.
TABLES = {"tiny_ablation": 4, "tiny_classes": 4}
TESTS = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def start(folder: Path, table: str) -> subprocess.Popen[bytes]:
    """A tiny table's `make ablate`, in a process of its own."""
    environment = {
        **os.environ,
        "WANDB_MODE": "disabled",
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
    }
    folder.mkdir(exist_ok=True)
    with (folder / "output.txt").open("ab") as output:
        command = [sys.executable, "-c", COMMAND.format(table), str(folder)]
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=output)


def finish(folder: Path, table: str) -> None:
    """Runs the table to its end."""
    process = start(folder, table)
    assert process.wait(timeout=240) == 0, (folder / "output.txt").read_text()[-3000:]


@pytest.fixture(scope="module", params=TABLES)
def table(request: pytest.FixtureRequest) -> str:
    """Each of the tables."""
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def undisturbed(table: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "table"
    finish(folder, table)
    return folder


def stages(folder: Path) -> Iterator[int]:
    """The processes that work on stages now, as their locks name them; not those that the dead have left."""
    for path in (folder / "runs").glob(".*.lock"):
        holder = owner(path.with_name(path.name.removeprefix(".").removesuffix(".lock")))
        if holder is not None:
            yield holder.pid


def at_work(process: subprocess.Popen[bytes], folder: Path) -> list[int]:
    """The stages at work, waited for; none where the command has ended."""
    deadline = time.monotonic() + 60
    while not (found := list(stages(folder))) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def kill_something(process: subprocess.Popen[bytes], folder: Path, dice: random.Random) -> bool:
    """SIGKILL, after a random moment of work, to the command or to one of its stages; says whether one was at work."""
    at_work(process, folder)
    time.sleep(dice.uniform(0, 3))
    victims = at_work(process, folder)  # between two stages nothing would be struck
    victim = process.pid if not victims or dice.random() < 0.5 else dice.choice(victims)
    with suppress(ProcessLookupError):
        os.kill(victim, signal.SIGKILL)
    return bool(victims)


def test_a_killed_table_is_the_undisturbed_one_byte_for_byte(
    table: str, undisturbed: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    dice, folder, struck = random.Random(0), tmp_path / "table", 0
    for _ in range(pytestconfig.getoption("kills")):
        process = start(folder, table)
        struck += kill_something(process, folder, dice)
        if process.poll() is None and dice.random() < 0.5:
            struck += kill_something(process, folder, dice)
        process.kill()
        process.wait()
    assert struck, "no stage was at work when something was killed"
    finish(folder, table)
    expected, found = what_counts(undisturbed), what_counts(folder)
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    for name, iterations in executed(folder).items():
        assert_only_tails_were_done_again(name, iterations)


def assert_only_tails_were_done_again(name: str, iterations: list[int]) -> None:
    """Every iteration in order; after a kill, from the last checkpoint, which is at most `EVERY` iterations back."""
    assert iterations[-1] == ITERATIONS - 1, name
    done = -1
    for iteration in iterations:
        if iteration != done + 1:
            assert iteration % EVERY == 0, f"{name}: went on at {iteration}, where no checkpoint is"
            assert done - EVERY <= iteration <= done + 1, f"{name}: {done} was done, and it went on at {iteration}"
        done = iteration


def test_undisturbed_every_iteration_is_executed_once(table: str, undisturbed: Path) -> None:
    counted = executed(undisturbed)
    assert len(counted) == TABLES[table]  # a shape stage and three textures; two generators and two classifiers
    assert all(iterations == list(range(ITERATIONS)) for iterations in counted.values())
