"""The command line: output, exit codes, one line for each mistake, and nothing heavy before it is needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.small_table import small_table
from support.stand_in_stage import BEHAVIOUR, EXECUTED

import cli
from ablations import commands
from ablations.planning import plan_options as requests
from ablations.running.launchers import warm
from ablations.tables.schema import load_table

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "pytorch_lightning", "numpy", "yaml", "rich", "jsonargparse", "wandb", "cv2")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with a small table and a stage that trains nothing."""
    monkeypatch.chdir(tmp_path)
    small_table(tmp_path)
    family = tmp_path / "fashion_completion"
    monkeypatch.setattr(requests, "find_table", lambda name: load_table(family / f"table_{name}.yaml"))
    monkeypatch.setattr(requests, "table_files", lambda: {"small": family / "table_small.yaml"})
    monkeypatch.setattr(warm, "STAGE_FUNCTION", "support.stand_in_stage:run_stage")
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
    ours = ("tables", "plan", "ablate", "report", "wandb-push", "lint-table", "apply", "stage", "data")
    for command in ("fit", "validate", "test", "predict", *ours):
        assert re.search(rf"^    {command}\s", done.stdout, re.MULTILINE)


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
        (["plan", "--table", "9-9"], "there is no table '9-9'; tables: "),
        ([*ABLATE[:3], "--scale", "huge"], "there is no scale 'huge'; scales: ci, paper, small, toy"),
        ([*ABLATE, "--data", "nowhere"], "DATA=nowhere: is not a folder"),
        (["report", *ABLATE[1:]], "table 4-1 has not run at ci scale"),
        ([*ABLATE, "--runs", "taken/runs"], "taken/runs: cannot be created (Not a directory)"),
        ([*ABLATE, "--reports", "taken"], "taken: cannot be created (File exists)"),
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


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["tabels"],
        ["report"],
        ["ablate", "--table", "4-1", "--stale", "no"],
        ["ablate", "--table", "4-1", "--seeds", "0"],
    ],
)
def test_a_wrong_command_line_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "--help`" in err
    assert err.count("\n") == 1


def test_ablate_runs_reports_and_a_second_call_runs_nothing(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["ablate", "--table", "small", "--scale", "ci", "--jobs", "2"]
    assert cli.main(arguments) == 0
    first = capsys.readouterr().out
    assert "generating 32 synthetic people" in first
    page = Path("reports/small-ci/report.html")
    assert page.is_file()
    assert f"report: {page}" in first
    executed = (there / "runs" / EXECUTED).read_text()
    assert len(executed.splitlines()) == 7

    before = page.read_bytes()
    assert cli.main(arguments) == 0
    second = capsys.readouterr().out
    assert (there / "runs" / EXECUTED).read_text() == executed
    assert page.read_bytes() == before
    table = first[first.index("Table 1: A small table") : first.index("report: ")]
    assert table.splitlines()[:8] == second[second.index("Table 1: A small table") :].splitlines()[:8]
    assert cli.main(["report", "--table", "small", "--scale", "ci"]) == 0
    assert page.read_bytes() == before


def test_a_failed_row_is_exit_code_1_with_its_reason(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = there / "runs"
    family.mkdir(parents=True)
    (family / BEHAVIOUR).write_text(json.dumps({"plain.texture": "error"}))
    assert cli.main(["ablate", "--table", "small", "--scale", "ci"]) == 1
    output = capsys.readouterr()
    assert "ValueError: no such thing" in output.err
    assert "w/o Attention failed: texture, seed 0: ValueError: no such thing" in output.out
    assert "report: " in output.out  # the other rows have theirs


def test_broken_data_is_one_line_for_all_stages(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = there / "runs"
    family.mkdir(parents=True)
    told = {f"{row}.{stage}": "user error" for row in ("full", "plain", "direct") for stage in ("shape", "texture")}
    (family / BEHAVIOUR).write_text(json.dumps(told))
    assert cli.main(["ablate", "--table", "small", "--scale", "ci"]) == 1
    assert capsys.readouterr().err == "error: data.root: is not there\n"


ABLATE_SMALL = ["ablate", "--table", "small", "--scale", "ci"]


def change_the_table(there: Path) -> None:
    path = there / "fashion_completion/table_small.yaml"
    path.write_text(path.read_text().replace("attention: false", "attention: false, texture.model.kl_weight: 5.0"))


def test_what_is_out_of_date_is_said_and_run_again(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(ABLATE_SMALL) == 0
    change_the_table(there)
    capsys.readouterr()
    assert cli.main(["plan", "--table", "small", "--scale", "ci"]) == 0
    shown = capsys.readouterr().out
    assert "2 stages are stale: model.kl_weight: 20.0 -> 5.0" in shown
    assert "5 done, 2 stale; about 0:04 and" in shown  # 2 s each, as the stand-in says it took, one after the other
    assert cli.main(["report", "--table", "small", "--scale", "ci"]) == 0
    assert "model.kl_weight: 20.0 -> 5.0" in capsys.readouterr().out  # the row says so and has no number
    assert cli.main(ABLATE_SMALL) == 0
    shown = capsys.readouterr().out
    titles = "w/o Attention: texture, seed 0, w/o Attention: test, seed 0"
    assert f"stale: {titles}: model.kl_weight: 20.0 -> 5.0" in shown
    assert "running 2 stale stages again, about 0:04 (`--stale keep` would keep and mark their results)" in shown
    assert "2 of 7 stages to run" in shown


def test_keys_are_provisional_until_the_data_are_generated(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change = "keys change once, when the data are generated"
    assert cli.main(["plan", "--table", "small", "--scale", "ci"]) == 0
    assert change in capsys.readouterr().out
    assert cli.main(ABLATE_SMALL) == 0
    capsys.readouterr()
    assert cli.main(["plan", "--table", "small", "--scale", "ci"]) == 0
    assert change not in capsys.readouterr().out


def test_stale_results_can_be_kept_under_a_mark(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(ABLATE_SMALL) == 0
    change_the_table(there)
    capsys.readouterr()
    assert cli.main([*ABLATE_SMALL, "--stale", "keep"]) == 0
    shown = capsys.readouterr().out
    assert "stale results are kept and marked in the report; claims about them are undecided" in shown
    assert "to run" not in shown
    assert "undecided" in shown
    assert "stale" in Path("reports/small-ci/report.md").read_text()


def test_seeds_add_to_what_is_there_and_stay(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(ABLATE_SMALL) == 0
    assert cli.main([*ABLATE_SMALL, "--seeds", "2"]) == 0
    assert "7 of 14 stages to run" in capsys.readouterr().out
    assert cli.main(ABLATE_SMALL) == 0  # without a number: the two that are there
    shown = capsys.readouterr().out
    assert "to run" not in shown and "2 seeds" in shown
    assert cli.main([*ABLATE_SMALL, "--seeds", "1"]) == 0
    assert "2 seeds" not in capsys.readouterr().out


def test_seeds_that_are_out_of_date_are_not_dropped_in_silence(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*ABLATE_SMALL, "--seeds", "2"]) == 0
    base = there / "fashion_completion/texture.yaml"
    base.write_text(base.read_text().replace("WeNTexture\n", "WeNTexture\n  init_args: {kl_weight: 5.0}\n"))
    capsys.readouterr()
    assert cli.main(["plan", "--table", "small", "--scale", "ci"]) == 0
    assert "3 rows x 2 seeds" in capsys.readouterr().out
    assert cli.main([*ABLATE_SMALL, "--stale", "keep"]) == 0
    assert "to run" not in capsys.readouterr().out
    assert cli.main(ABLATE_SMALL) == 0
    assert "12 of 14 stages to run" in capsys.readouterr().out  # all but the shapes, of both seeds


def test_the_plan_of_all_tables_is_one_graph(
    there: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = there / "fashion_completion/table_small.yaml"
    other = small.with_name("table_other.yaml")
    other.write_text(small.read_text().replace("id: small", "id: other").replace("attention: false", "width: 3"))
    monkeypatch.setattr(requests, "table_files", lambda: {"other": other, "small": small})
    assert cli.main(["plan", "--scale", "ci"]) == 0
    shown = capsys.readouterr().out
    # 7 stages each; shape, full's and direct's texture and test are the same
    assert "all tables: 9 stages, 5 shared between tables" in shown


def test_lint_is_a_checklist_and_its_failures_are_exit_code_1(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lint-table", "--table", "small"]) in (0, 1)
    capsys.readouterr()
    path = there / "fashion_completion/table_small.yaml"
    path.write_text(path.read_text().replace("attention: false", "attention: false, texture.model.max_iterations: 9"))
    assert cli.main(["lint-table", "--table", "small"]) == 1
    shown = capsys.readouterr().out
    assert "✗" in shown and "max_iterations" in shown


def test_w_and_b_is_rebuilt_from_disk(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["wandb-push", "--table", "small", "--scale", "ci"]) == 2
    assert "has not run at ci scale" in capsys.readouterr().err
    assert cli.main(ABLATE_SMALL) == 0
    assert cli.main(["wandb-push", "--table", "small", "--scale", "ci"]) == 0
    assert "W&B: 8 runs rebuilt from disk" in capsys.readouterr().out  # 7 stages and the comparison


def test_a_stage_without_its_description_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    done = subprocess.run(
        [sys.executable, "cli.py", "stage", str(tmp_path / "run")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "key.json: is missing or damaged" in json.loads((tmp_path / "run/failed.json").read_text())["reason"]


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
