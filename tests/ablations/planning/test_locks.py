"""One process at a time in a run folder; the dead hold nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from ablations.planning import locks, machine
from ablations.planning.locks import BEAT, BUSY, SILENCE, Lock, Owner, is_running, lock_path, owner
from ablations.running import stage_process as child
from common.errors import TableError

CONTEXT = multiprocessing.get_context("fork")


def hold(folder: Path, held: Event) -> None:
    assert Lock.acquire(folder) is not None
    held.set()
    time.sleep(600)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "family" / "Model-fit-0123456789"


def test_a_lock_is_one_s_own_until_it_is_released(folder: Path) -> None:
    lock = Lock.acquire(folder)
    assert lock is not None
    assert owner(folder) == Owner.this()
    assert Lock.acquire(folder) is None
    lock.release()
    assert owner(folder) is None
    assert Lock.acquire(folder) is not None
    assert not folder.exists()  # a lock makes no run folder


def test_a_living_owner_keeps_its_lock_and_a_killed_one_loses_it(folder: Path) -> None:
    held = CONTEXT.Event()
    process = CONTEXT.Process(target=hold, args=(folder, held))
    process.start()
    assert held.wait(30)
    assert Lock.acquire(folder) is None
    assert owner(folder) == Owner(Owner.this().host, process.pid or 0, owner(folder).born)  # type: ignore[union-attr]
    process.kill()
    while is_running(process.pid or 0):
        time.sleep(0.01)
    assert owner(folder) is None  # also while nobody has collected the process
    assert Lock.acquire(folder) is not None
    process.join()


def test_a_later_process_with_the_owner_s_number_is_not_the_owner(folder: Path) -> None:
    folder.parent.mkdir()
    born = Owner.this().born
    write(folder, Owner(Owner.this().host, os.getpid(), born - 1))
    assert owner(folder) is None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """This machine's monotonic clock, in its only entry."""
    now = [1000.0]
    monkeypatch.setattr(locks.time, "monotonic", lambda: now[0])
    return now


#: By how much the clock of another machine differs from ours, in seconds.
SHIFTS = [0.0, -SILENCE - 1, SILENCE + 1, -1e6, 1e6]


def beat(folder: Path, at: float) -> None:
    os.utime(lock_path(folder), (at, at))


@pytest.mark.parametrize("shift", SHIFTS)
def test_another_machine_s_owner_lives_as_long_as_it_beats_by_any_clock(
    shift: float, folder: Path, clock: list[float]
) -> None:
    folder.parent.mkdir()
    write(folder, Owner("elsewhere pid:[1]", 1, 1))
    theirs = time.time() + shift
    for _ in range(3):
        theirs += BEAT
        beat(folder, theirs)
        assert Lock.acquire(folder) is None
        clock[0] += SILENCE - 1
        assert str(owner(folder)) == "process 1 on elsewhere"


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_silent_owner_of_another_machine_loses_its_lock_by_any_clock(
    shift: float, folder: Path, clock: list[float]
) -> None:
    folder.parent.mkdir()
    write(folder, Owner("elsewhere pid:[1]", 1, 1))
    beat(folder, time.time() + shift)
    assert Lock.acquire(folder) is None  # the first look, however old the file
    clock[0] += SILENCE - 0.5
    assert Lock.acquire(folder) is None
    clock[0] += 0.5
    assert Lock.acquire(folder) is not None
    assert owner(folder) == Owner.this()


def test_another_owner_s_silence_is_not_that_of_its_predecessor(folder: Path, clock: list[float]) -> None:
    folder.parent.mkdir()
    for pid in (1, 2):
        write(folder, Owner("elsewhere pid:[1]", pid, 1))
        beat(folder, 5.0)
        assert Lock.acquire(folder) is None
        clock[0] += SILENCE - 1


def test_an_owner_touches_its_lock(folder: Path) -> None:
    lock = Lock.acquire(folder)
    assert lock is not None
    beat(folder, 5.0)
    lock.beat()
    assert lock_path(folder).stat().st_mtime > 5.0


def test_a_machine_is_more_than_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = Owner.this()
    name, boot, namespace = here.host.split(" ")
    folder.parent.mkdir()
    for host in (f"{name} another-boot {namespace}", f"{name} {boot} pid:[1]"):
        write(folder, Owner(host, 2**22 + 1, 1))  # a process that does not run here
        assert owner(folder) is not None
    write(folder, Owner(here.host, 2**22 + 1, 1))
    assert owner(folder) is None
    monkeypatch.setattr(machine, "_BOOT", tmp_path / "none")
    monkeypatch.setattr(machine, "_NAMESPACE", str(tmp_path / "none"))
    machine.machine_identity.cache_clear()
    try:
        assert re.fullmatch(r"\S+ [0-9a-f]{12,}", machine.machine_identity())
    finally:
        machine.machine_identity.cache_clear()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_a_broken_lock_binds_nobody(content: str, folder: Path) -> None:
    folder.parent.mkdir()
    lock_path(folder).write_text(content)
    assert owner(folder) is None
    assert Lock.acquire(folder) is not None


def test_a_lock_that_was_taken_over_is_not_released_by_its_former_owner(folder: Path) -> None:
    lock = Lock.acquire(folder)
    assert lock is not None
    write(folder, Owner("elsewhere pid:[1]", 1, 1))
    lock.release()
    assert lock_path(folder).exists()


def test_an_owner_notices_that_it_was_taken_for_dead(folder: Path) -> None:
    lock = Lock.acquire(folder)
    assert lock is not None and lock.beat()
    write(folder, Owner("elsewhere pid:[1]", 1, 1))
    before = lock_path(folder).stat().st_mtime_ns
    assert not lock.beat()
    assert lock_path(folder).stat().st_mtime_ns == before  # nor is the other's lock kept alive
    lock.release()
    assert lock.beat()  # nothing to lose any more


def test_a_process_that_has_lost_its_lock_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_CHECK", 0.01)
    monkeypatch.setattr(child, "BEAT", 0.01)
    process = CONTEXT.Process(target=lose, args=(folder,))
    process.start()
    process.join(30)
    assert process.exitcode == BUSY


def lose(folder: Path) -> None:
    lock = Lock.acquire(folder)
    assert lock is not None
    write(folder, Owner("elsewhere pid:[1]", 1, 1))
    child.keep_lock(lock)


def test_the_folder_one_is_in_can_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert Lock.acquire(Path(".")) is not None
    assert owner(tmp_path / "here") == Owner.this()


def test_a_disk_that_takes_no_lock_is_one_line(folder: Path) -> None:
    folder.parent.mkdir()
    partial = folder.parent / f".{folder.name}.lock.{os.getpid()}"
    partial.symlink_to("/dev/full")
    with pytest.raises(
        TableError, match=r"lock: cannot be written \(No space left on device\); free disk space"
    ) as caught:
        Lock.acquire(folder)
    assert "\n" not in str(caught.value)
    assert not partial.is_symlink()
    assert Lock.acquire(folder) is not None


def acquire_for_a_moment(folder: Path, log: Path) -> None:
    times = 0
    while times < 10:
        lock = Lock.acquire(folder)
        if lock is not None:
            times += 1
            with log.open("a") as file:
                file.write(f"{os.getpid()} in\n")
            time.sleep(0.001)
            with log.open("a") as file:
                file.write(f"{os.getpid()} out\n")
            lock.release()


def test_never_two_at_once(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    processes = [CONTEXT.Process(target=acquire_for_a_moment, args=(folder, log)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = log.read_text().splitlines()
    assert len(lines) == 80
    for entered, left in zip(lines[::2], lines[1::2], strict=True):
        assert entered.removesuffix(" in") == left.removesuffix(" out")


def write(folder: Path, who: Owner) -> None:
    lock_path(folder).write_text(json.dumps({"host": who.host, "pid": who.pid, "born": who.born}))
