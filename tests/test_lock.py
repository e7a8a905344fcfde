"""The locked environment: each dependency of the project by version and hash, and nothing about where it came from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
#: "name==1.0 ; marker", and the continued lines of hashes.
ENTRIES = re.findall(r"^([^\s#][^\\\n]*?) \\\n((?:    --hash=.*\n)+)", LOCK, re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked() -> dict[str, Requirement]:
    """The entries for this Python on this system, by name."""
    found = [Requirement(entry) for entry, _ in ENTRIES]
    return {r.name: r for r in found if r.marker is None or r.marker.evaluate()}


def test_every_line_is_read() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]
    assert sum(1 + hashes.count("\n") for _, hashes in ENTRIES) == len(lines) > 1000


def test_every_entry_is_one_version_with_hashes() -> None:
    for entry, hashes in ENTRIES:
        (specifier,) = Requirement(entry).specifier
        assert specifier.operator == "==", entry
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h.strip(" \\")) for h in hashes.splitlines()), entry


def test_what_the_project_needs_is_in_it_in_a_version_that_will_do() -> None:
    project, found = PROJECT["project"], locked()
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    for requirement in map(Requirement, project["dependencies"] + extras + PROJECT["build-system"]["requires"]):
        if requirement.name == project["name"]:
            continue  # an extra in another one
        (pin,) = found[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version), str(requirement)


def test_the_constraints_are_its_versions() -> None:
    assert (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() == [entry for entry, _ in ENTRIES]


def test_it_names_no_host() -> None:
    assert not re.search(r"://|index|find-links", LOCK)
