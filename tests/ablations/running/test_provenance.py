"""What a run says of where it came from."""

from __future__ import annotations

import re
import subprocess
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from ablations.lightning_cli import loss_networks
from ablations.planning.folder import read_json
from ablations.report.views.sections import provenance_lines
from ablations.running import provenance
from ablations.running.provenance import OtherInputsError, Provenance, code_version, machine


class Data:
    root = Path("data/people")

    @staticmethod
    def fingerprint() -> str:
        return "abc123"


def test_a_run_says_what_it_was_and_how_long_it_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 102.504])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    folder = tmp_path / "run"
    written = Provenance.start(folder, Data(), "python cli.py fit --config 'my runs/config.yaml'")
    begun = read_json(folder / "provenance.json")
    assert begun is not None
    assert "finished" not in begun  # a run that was killed shows that it was
    written.finish()
    content = read_json(folder / "provenance.json")
    assert content is not None
    assert content["command"] == "python cli.py fit --config 'my runs/config.yaml'"
    assert content["data"] == {"root": "data/people", "fingerprint": "abc123"}
    assert content["seconds"] == 2.5
    assert content["packages"]["torch"] == torch.__version__.partition("+")[0]
    assert None not in content["packages"].values()
    assert datetime.fromisoformat(content["started"]) <= datetime.fromisoformat(content["finished"])
    assert datetime.fromisoformat(content["started"]).utcoffset() is not None
    assert {name: content[name] for name in begun} == begun
    assert [path.name for path in folder.iterdir()] == ["provenance.json"]  # no half-written copy beside it


def test_a_run_that_goes_on_keeps_the_time_of_its_earlier_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 50.0, 60.0, 100.0, 101.5, 200.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    Provenance.start(tmp_path, Data(), "")  # killed after 7 s, as far as it said
    (tmp_path / "progress.json").write_text('{"seconds": 7.0}')
    Provenance.start(tmp_path, Data(), "", resumes=True)  # killed before it said anything new
    (tmp_path / "progress.json").write_text('{"seconds": 0.5}')
    Provenance.start(tmp_path, Data(), "", resumes=True)
    last = Provenance.start(tmp_path, Data(), "", resumes=True)
    last.finish()
    content = read_json(tmp_path / "provenance.json")
    assert content is not None
    assert [tried["seconds"] for tried in content["tries"]] == [7.0, 0.5, 0.0]
    assert content["seconds"] == 9.0
    again = Provenance.start(tmp_path, Data(), "")  # from the beginning: nothing to add
    assert again.content["tries"] == []


def test_a_training_does_not_go_on_with_other_inputs(tmp_path: Path) -> None:
    Provenance.start(tmp_path, Data(), "", inputs={"classifier_checkpoint": "abc"})
    Provenance.start(tmp_path, Data(), "", resumes=True, inputs={"classifier_checkpoint": "abc"})
    with pytest.raises(
        OtherInputsError, match=r"classifier_checkpoint has changed since the start of training; delete .*resume\.ckpt"
    ):
        Provenance.start(tmp_path, Data(), "", resumes=True, inputs={"classifier_checkpoint": "abd"})
    Provenance.start(tmp_path, Data(), "", inputs={"classifier_checkpoint": "abd"})  # from the beginning


def test_a_data_module_without_a_fingerprint_has_none(tmp_path: Path) -> None:
    Provenance.start(tmp_path, object(), "")
    content = read_json(tmp_path / "provenance.json")
    assert content is not None
    assert content["data"] == {"root": "", "fingerprint": None}


def test_the_machine_is_named() -> None:
    assert machine()["threads"] == torch.get_num_threads()
    assert re.fullmatch(r"3\.\d+\.\d+\S*", machine()["python"])
    assert machine()["processor"]


@pytest.mark.parametrize(
    ("changes", "dirty"), [("", False), (" M cli.py", True)], ids=["as committed", "with a changed file"]
)
def test_the_commit_and_whether_files_differ_from_it(
    changes: str, dirty: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "_git", lambda root, *words: "0123abcd" if words[0] == "rev-parse" else changes)
    assert code_version() == {"commit": "0123abcd", "dirty": dirty}


def test_without_a_checkout_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "ablations" / "running" / "provenance.py"))
    assert code_version() == {"commit": None, "dirty": None}
    monkeypatch.setenv("PATH", "")  # no git at all
    assert code_version() == {"commit": None, "dirty": None}


def test_installed_inside_another_repository_there_is_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "theirs"], check=True)
    package = tmp_path / ".venv" / "ablations" / "running"
    package.mkdir(parents=True)
    (tmp_path / ".venv" / "cli.py").touch()
    monkeypatch.setattr(provenance, "__file__", str(package / "provenance.py"))
    assert code_version() == {"commit": None, "dirty": None}
    subprocess.run([*git, "add", ".venv/cli.py"], check=True)  # it is their code: a copy that they keep
    assert code_version()["commit"] is not None


def test_a_package_that_is_not_installed_has_no_version() -> None:
    assert provenance._version("no-such-package-at-all") is None


def test_the_weights_of_networks_in_losses_are_recorded_and_reported(tmp_path: Path) -> None:
    class Model:
        def __init__(self) -> None:
            self.style, self.content = SimpleNamespace(weights_name="random VGG-19 (seed 0)"), object()
            self.lpips = SimpleNamespace(weights_name="vgg16-397923af.pth")
            self.again = self.style

    names = loss_networks(Model())  # type: ignore[arg-type]
    assert names == ["random VGG-19 (seed 0)", "vgg16-397923af.pth"]
    Provenance.start(tmp_path, Data(), "", networks=names)
    content = read_json(tmp_path / "provenance.json")
    assert content is not None and content["loss_networks"] == names
    row = SimpleNamespace(provenance={"texture": content, "before": {}})
    lines = dict(provenance_lines(SimpleNamespace(rows=[row])))  # type: ignore[arg-type]
    assert lines["networks in losses"] == "random VGG-19 (seed 0), vgg16-397923af.pth"
    content["loss_networks"] = []
    assert "networks in losses" not in dict(provenance_lines(SimpleNamespace(rows=[row])))  # type: ignore[arg-type]
