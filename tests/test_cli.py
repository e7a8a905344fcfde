"""The command line: output, exit codes, one line for each mistake, and nothing heavy before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.small_table import small_table
from support.stand_in_stage import BEHAVIOUR, EXECUTED

import cli
from ablations import commands, run

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "pytorch_lightning", "numpy", "yaml", "rich", "jsonargparse", "wandb", "cv2")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with a small table and a stage that trains nothing."""
    monkeypatch.chdir(tmp_path)
    table = small_table(tmp_path)
    monkeypatch.setattr(commands, "find_table", lambda name: table)
    monkeypatch.setattr(run, "STAGE_FUNCTION", "support.stand_in_stage:run_stage")
    return tmp_path


def test_help_lists_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, cli\n"
        "text = cli.parser().format_help()\n"
        f"heavy = [name for name in {HEAVY} if name in sys.modules]\n"
        "print(text); print('heavy:', heavy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "heavy: []" in done.stdout
    for command in ("fit", "validate", "test", "predict", "tables", "plan", "ablate", "report", "data"):
        assert f"    {command} " in done.stdout


def test_waiting_threads_sleep_before_torch_is_imported() -> None:
    code = "import os; os.environ.pop('OMP_WAIT_POLICY', None); import cli; print(os.environ['OMP_WAIT_POLICY'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "PASSIVE"


def test_planning_needs_no_torch() -> None:
    code = (
        "import sys, cli\n"
        "assert cli.main(['tables']) == 0\n"
        "assert cli.main(['plan', '--table', '4-1', '--scale', 'ci']) == 0\n"
        "print('heavy:', [name for name in ('torch', 'pytorch_lightning') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "heavy: []" in done.stdout
    assert "make ablate TABLE=4-1" in done.stdout


def test_lightning_s_commands_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from ablations import lightning_cli

    seen: list[list[str]] = []
    monkeypatch.setattr(lightning_cli, "main", seen.append)
    assert cli.main(["fit", "--config", "x.yaml", "--model.init_args.width", "8"]) == 0
    assert seen == [["fit", "--config", "x.yaml", "--model.init_args.width", "8"]]


ABLATE = ["ablate", "--table", "4-1", "--scale", "ci"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plan", "--table", "9-9"], "there is no table '9-9'; tables: 4-1"),
        ([*ABLATE[:3], "--scale", "huge"], "there is no scale 'huge'; scales: ci, paper, small, toy"),
        ([*ABLATE, "--data", "nowhere"], "DATA=nowhere: is not a folder"),
        (["report", *ABLATE[1:]], "table 4-1 has not run at ci scale"),
        ([*ABLATE, "--runs", "taken/runs"], "taken/runs: cannot be made (Not a directory)"),
        ([*ABLATE, "--reports", "taken"], "taken: cannot be made (File exists)"),
        (["data", "verify", "deepfashion", "--root", "nowhere"], "DeepFashion: nowhere does not exist"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").touch()
    assert cli.main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {said}")
    assert err.count("\n") == 1


def test_a_bug_is_not_passed_off_as_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> int:
        raise ValueError("a bug")

    monkeypatch.setattr(commands, "show_tables", broken)
    with pytest.raises(ValueError, match="a bug"):
        cli.main(["tables"])


@pytest.mark.parametrize("arguments", [[], ["tabels"], ["plan"], ["ablate", "--table", "4-1", "--seeds", "0"]])
def test_a_wrong_command_line_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "--help` lists what there is" in err
    assert err.count("\n") == 1


def test_ablate_runs_reports_and_a_second_call_runs_nothing(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["ablate", "--table", "small", "--scale", "ci", "--jobs", "2"]
    assert cli.main(arguments) == 0
    first = capsys.readouterr().out
    assert "drawing the built-in stand-in, 32 synthetic people" in first
    page = Path("reports/small-ci/report.html")
    assert page.is_file()
    assert f"report: {page}" in first
    executed = (there / "runs/fashion_completion" / EXECUTED).read_text()
    assert len(executed.splitlines()) == 7

    before = page.read_bytes()
    assert cli.main(arguments) == 0
    second = capsys.readouterr().out
    assert (there / "runs/fashion_completion" / EXECUTED).read_text() == executed
    assert page.read_bytes() == before
    table = first[first.index("Table 1: A small table") : first.index("report: ")]
    assert table.splitlines()[:8] == second[second.index("Table 1: A small table") :].splitlines()[:8]
    assert cli.main(["report", "--table", "small", "--scale", "ci"]) == 0
    assert page.read_bytes() == before


def test_a_failed_row_is_exit_code_1_with_its_reason(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = there / "runs/fashion_completion"
    family.mkdir(parents=True)
    (family / BEHAVIOUR).write_text(json.dumps({"plain.texture": "error"}))
    assert cli.main(["ablate", "--table", "small", "--scale", "ci"]) == 1
    output = capsys.readouterr()
    assert "ValueError: no such thing" in output.err
    assert "w/o Attention failed: texture, seed 0: ValueError: no such thing" in output.out
    assert "report: " in output.out  # the other rows have theirs


def test_broken_data_is_one_line_for_all_stages(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = there / "runs/fashion_completion"
    family.mkdir(parents=True)
    told = {f"{row}.{stage}": "user error" for row in ("full", "plain", "direct") for stage in ("shape", "texture")}
    (family / BEHAVIOUR).write_text(json.dumps(told))
    assert cli.main(["ablate", "--table", "small", "--scale", "ci"]) == 1
    assert capsys.readouterr().err == "error: data.root: is not there\n"


def test_data_is_drawn_and_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(tmp_path / "people")
    assert cli.main(["data", "synthesize", "deepfashion", "--out", root, "--count", "4", "--seed", "3"]) == 0
    assert json.loads((tmp_path / "people" / "SYNTHETIC.json").read_text())["seed"] == 3
    assert cli.main(["data", "verify", "deepfashion", "--root", root]) == 0
    missing = next((tmp_path / "people" / "Parsing").rglob("*.png"))
    missing.unlink()
    capsys.readouterr()
    assert cli.main(["data", "verify", "deepfashion", "--root", root]) == 1
    assert f"{missing}: missing" in capsys.readouterr().out
