"""The wheel, installed where the checkout is out of sight: its command, its metadata, its files and its outputs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest

from cli import INSTALLED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("common", "lightning_modules", "datamodules", "ablations")
DATA = (".yaml", ".j2", ".css", ".json", ".typed")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, env=clean)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built of a copy of the sources, so that no build folder of the checkout gets into it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=skip)
    for name in ("cli.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, source)
    run(sys.executable, "-m", "pip", *build, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path) -> Iterator[Path]:
    """An environment that holds the wheel, and of this one's packages those that are no part of the project."""
    folder = wheel.parent / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=wheel.parent)
    packages = next(folder.glob("lib/python*/site-packages"))
    # A path in a .pth file reads no .pth files of that path, so an editable install of the project is out of sight.
    packages.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=wheel.parent)
    yield folder


@pytest.fixture
def command(environment: Path) -> Path:
    return environment / "bin" / INSTALLED


def test_the_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
        assert archive.read(name.replace("METADATA", "licenses/LICENSE")) == (ROOT / "LICENSE").read_bytes()
    assert metadata["Name"] == "paper-tables"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    assert not any("License ::" in line for line in metadata.get_all("Classifier", []))  # refused beside an expression


def test_every_file_of_the_packages_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in (".py", *DATA) or path.name == "py.typed"
    }
    assert packed == {"cli.py", *here}
    assert {f"{package}/py.typed" for package in PACKAGES} <= packed


def test_the_code_that_runs_is_the_wheels(environment: Path, tmp_path: Path) -> None:
    code = "import ablations, cli, common, datamodules, lightning_modules as m; print(cli.__file__, m.__file__)"
    printed = run(environment / "bin" / "python", "-c", code, cwd=tmp_path).stdout.split()
    assert all(Path(path).is_relative_to(environment) for path in printed)


def test_it_finds_its_tables(command: Path, tmp_path: Path) -> None:
    printed = run(command, "tables", cwd=tmp_path).stdout
    tables = [path.stem.removeprefix("table_") for path in ROOT.glob("ablations/*/table_*.yaml")]
    assert len(tables) > 5
    assert all(table in printed for table in tables)
    assert run(command, "--help", cwd=tmp_path).stdout.startswith(f"usage: {INSTALLED} ")
    assert not any(tmp_path.iterdir())


def test_it_reproduces_the_ring_into_the_folder_it_is_called_in(command: Path, tmp_path: Path) -> None:
    table = ("--table", "fig3.5", "--scale", "ci")
    run(command, "ablate", *table, cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {"runs", "reports", "cache", "data"}
    assert (tmp_path / "reports" / "fig3.5-ci" / "report.html").is_file()
    records = sorted(tmp_path.glob("runs/*/provenance.json"))
    assert records
    # no checkout, whatever repository is around it
    assert {json.loads(path.read_text(encoding="utf-8"))["code"]["commit"] for path in records} == {None}

    lost = next(path.parent for path in records if "-test-" in path.parent.name)  # a stage as a command of its own
    shutil.rmtree(lost)
    run(command, "ablate", *table, "--launcher", "command", cwd=tmp_path)
    assert (lost / "metrics.json").is_file()
    plan = run(command, "plan", *table, cwd=tmp_path).stdout
    assert f"{len(records)} done; nothing left to run" in " ".join(plan.split())
