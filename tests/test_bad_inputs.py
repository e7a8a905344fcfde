"""Whatever is wrong, a user gets one line that names it and the fix, and an exit code that is not 0."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from support.deepfashion_folder import names, paths, write_folder
from support.small_table import TEXT, write_table

import cli
from ablations import commands
from ablations.planning import plan_options as requests
from ablations.planning.locks import lock_path
from ablations.running.launchers import warm
from ablations.tables.schema import load_table

ROOT = Path(__file__).resolve().parents[1]
TINY = {"width": 4, "max_width": 8, "levels": 4, "max_iterations": 2}
PLAN = ["plan", "--table", "small", "--scale", "ci"]
ABLATE = ["ablate", "--table", "small", "--scale", "ci"]
FIT = ["fit", "--config", "run.yaml"]
TEST = ["test", "--config", "run.yaml"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a small table, a small data set, and the configuration of a run by hand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    write_table(tmp_path)
    family = tmp_path / "fashion_completion"
    monkeypatch.setattr(requests, "find_table", lambda name: load_table(family / f"table_{name}.yaml"))
    write_folder(tmp_path / "DeepFashion", names(8), size=(64, 64))
    write_run(lambda config: None)
    return tmp_path


def write_run(change: Callable[[dict[str, Any]], None]) -> None:
    """`run.yaml`, changed: a texture stage of one stage, which can train and be tested by itself."""
    data = {"root": "DeepFashion", "resolution": 64, "batch_size": 2, "test_count": 2, "cache_dir": "cache"}
    model = {**TINY, "two_stage": False, "output_scales": 1}
    config: dict[str, Any] = {
        "model": {"class_path": "lightning_modules.fashion_completion.WeNTexture", "init_args": model},
        "data": {"class_path": "datamodules.DeepFashion", "init_args": data},
        "trainer": {"default_root_dir": "run", "accelerator": "cpu"},
        "wandb": {"mode": "disabled"},
        "evaluation": {"features": "effnetlite0", "cache_dir": "statistics"},
    }
    change(config)
    Path("run.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def table(before: str, after: str) -> Callable[[], None]:
    """The small table with a mistake in it."""

    def make() -> None:
        assert before in TEXT
        Path("fashion_completion/table_small.yaml").write_text(TEXT.replace(before, after, 1))

    return make


def file(name: str, content: str | bytes) -> Callable[[], None]:
    """A file with this content."""

    def make() -> None:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


def run(**settings: Any) -> Callable[[], None]:
    """`run.yaml` with dotted settings: `model__width="wide"`."""

    def change(config: dict[str, Any]) -> None:
        for name, value in settings.items():
            section, _, key = name.partition("__")
            where = config.setdefault(section, {})
            where.get("init_args", where)[key] = value

    return lambda: write_run(change)


def checkpoint(make: Callable[[Path], None]) -> Callable[[], None]:
    """`run.yaml` that tests a checkpoint made so."""

    def prepare() -> None:
        path = Path("trained/checkpoints/last.ckpt")
        path.parent.mkdir(parents=True)
        make(path)
        write_run(lambda config: config.update(ckpt_path=str(path)))

    return prepare


class Unpickled:
    """What a checkpoint must not hold."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("executed"),)


def remove(kind: int) -> Callable[[], None]:
    """A data set that lacks the photograph (0), parsing map (1) or pose (2) of one name."""
    return lambda: paths(Path("DeepFashion"), names(8)[3])[kind].unlink()


def damage(kind: int, content: bytes) -> Callable[[], None]:
    """A data set in which one such file is damaged."""
    return lambda: damaged(paths(Path("DeepFashion"), names(8)[3])[kind], content)


def damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def occupied() -> None:
    Path("run").mkdir()
    lock_path(Path("run")).write_text(json.dumps({"host": "elsewhere pid:[1]", "pid": 7, "born": 1}))


def nothing() -> None:
    pass


CASES: dict[str, tuple[Callable[[], None], list[str], str]] = {
    # the table file
    "table: unknown key": (
        table("title:", "titel:"),
        PLAN,
        "table_small.yaml:2: unknown key 'titel', did you mean 'title'?",
    ),
    "table: key missing": (table("title: A small table\n", ""), PLAN, "table_small.yaml:1: key 'title' is missing"),
    "table: key twice": (table("title:", "id: small\ntitle:"), PLAN, "table_small.yaml:2: key 'id' is given twice"),
    "table: no YAML": (table("rows:", "rows: ]"), PLAN, "table_small.yaml:11: not valid YAML"),
    "table: empty": (file("fashion_completion/table_small.yaml", ""), PLAN, "table_small.yaml: is empty"),
    "table: not UTF-8": (file("fashion_completion/table_small.yaml", b"id: \xff"), PLAN, "is not UTF-8 text"),
    "table: not there": (lambda: Path("fashion_completion/table_small.yaml").unlink(), PLAN, "cannot be read"),
    "table: wrong kind of value": (table("columns:\n", "columns: 3\nx:\n"), PLAN, "table_small.yaml"),
    "table: unknown configuration": (table("fit: shape.yaml", "fit: shapes.yaml"), PLAN, "did you mean 'shape.yaml'?"),
    "table: unknown stage": (
        table("drop: [shape]", "drop: [shapes]"),
        PLAN,
        "'shapes' is not known, did you mean 'shape'?",
    ),
    "table: unknown argument": (table("model.attention", "model.atention"), PLAN, "did you mean 'attention'?"),
    "table: argument of a wrong type": (
        table("attention: false", "attention: 3"),
        PLAN,
        "attention: must be bool, not 3",
    ),
    "table: claim on no row": (table("plain.fid", "plane.fid"), PLAN, "there is no row 'plane', did you mean 'plain'?"),
    "table: claim on no column": (
        table("plain.fid", "plain.fids"),
        PLAN,
        "there is no column 'fids', did you mean 'fid'?",
    ),
    "table: claim without comparison": (table("full.fid < plain.fid", "full.fid wins"), PLAN, "must read"),
    "table: axis of no stage": (
        table("claims:", "matrix: {textur.model.width: [4, 8]}\nclaims:"),
        PLAN,
        "did you mean 'texture'?",
    ),
    "table: printed value that is none": (table("fid: 27.32", "fid: low"), PLAN, "must be a number, not 'low'"),
    # the command line
    "no such table": (nothing, ["plan", "--table", "9-9"], "table_9-9.yaml"),
    "no such scale": (
        nothing,
        [*PLAN[:3], "--scale", "huge"],
        "there is no scale 'huge'; scales: ci, paper, small, toy",
    ),
    "data: no folder": (nothing, [*ABLATE, "--data", "nowhere"], "DATA=nowhere: is not a folder"),
    "data: another folder": (
        nothing,
        [*ABLATE, "--data", "fashion_completion"],
        "contains neither Img nor DeepFashion/Img",
    ),
    "Inception: no file": (
        nothing,
        [*ABLATE, "--data", ".", "--inception", "x.pth"],
        "INCEPTION=x.pth: file not found",
    ),
    "runs: not a folder": (file("taken", ""), [*ABLATE, "--runs", "taken/runs"], "taken/runs: cannot be created"),
    "reports: not a folder": (file("taken", ""), [*ABLATE, "--reports", "taken"], "taken: cannot be created"),
    "report: nothing has run": (nothing, ["report", *ABLATE[1:]], "has not run at ci scale; use `make ablate"),
    "push: nothing has run": (
        nothing,
        ["wandb-push", *ABLATE[1:], "--data", "."],
        "has no finished stage; run `make ablate",
    ),
    "Inception: of another content": (
        file("other.pth", "other weights"),
        [*PLAN, "--data", ".", "--inception", "other.pth"],
        "INCEPTION=other.pth: is not the standard Inception weights (sha256 ",
    ),
    "Inception: another file in the cache": (
        file("torch/hub/checkpoints/weights-inception-2015-12-05-6726825d.pth", "other weights"),
        [*ABLATE, "--data", "."],
        "weights-inception-2015-12-05-6726825d.pth: is not the standard Inception weights",
    ),
    "table: too many points": (
        table("claims:", f"matrix: {{texture.model.kl_weight: {[*range(501)]}}}\nclaims:"),
        PLAN,
        "matrix.texture.model.kl_weight: has 501 points; use at most 500: fewer values",
    ),
    "table: too many points of two axes": (
        table(
            "claims:",
            f"matrix: {{texture.model.kl_weight: {[*range(26)]}, shape.model.kl_weight: {[*range(20)]}}}\nclaims:",
        ),
        PLAN,
        "matrix: has 520 points; use at most 500",
    ),
    # a run by hand
    "configuration: no file": (lambda: Path("run.yaml").unlink(), FIT, "run.yaml: cannot be read"),
    "configuration: unknown key": (run(modle__x=1), FIT, "unknown key 'modle', did you mean 'model'?"),
    "configuration: unknown argument": (run(model__widht=4), FIT, "unknown argument 'widht', did you mean 'width'?"),
    "configuration: wrong type": (run(model__width="wide"), FIT, "width: must be int, not 'wide'"),
    "configuration: no such class": (
        lambda: write_run(lambda c: c["model"].update(class_path="lightning_modules.fashion_completion.WeNTextur")),
        FIT,
        "did you mean 'WeNTexture'?",
    ),
    "configuration: best without a metric": (run(checkpoint__select="best"), FIT, "checkpoint.metric: not set"),
    "configuration: best of nothing to validate on": (
        lambda: write_run(lambda c: c.update(checkpoint={"select": "best", "metric": "psnr", "validate_every": 1})),
        FIT,
        "validation",
    ),
    "devices: in a file": (run(trainer__devices=2), FIT, "run.yaml:21: trainer.devices: must be 1, or a list of one"),
    "devices: of a test": (
        run(trainer__num_nodes=2),
        TEST,
        "trainer.num_nodes: must be 1, not 2; data-parallel",
    ),
    "devices: an option": (nothing, [*FIT, "--trainer.devices", "2"], "trainer.devices: must be 1, or a list of one"),
    "devices: a strategy": (nothing, [*FIT, "--trainer.strategy", "ddp"], "trainer.strategy: must be auto, not 'ddp'"),
    "devices: in a row": (
        table("texture.model.attention: false", "texture.trainer.devices: 2"),
        ABLATE,
        "texture.trainer.devices: must be 1, or a list of one device, not 2",
    ),
    "number: an option": (nothing, [*FIT, "--model.init_args.width", "0"], "model.init_args.width: must be at least 1"),
    "number: in a file": (run(data__batch_size=0), FIT, "data.init_args.batch_size: must be at least 1, not 0"),
    "data: no training images": (
        lambda: write_run(
            lambda c: c.update(data={"class_path": "datamodules.LFW", "init_args": {"root": ".", "resolution": 32}})
        ),
        FIT,
        "data: LFW has no training images, it is only for tests; give the data module of another data set",
    ),
    "verify: a file": (
        file("taken", ""),
        ["data", "verify", "lfw", "--root", "taken"],
        "LFW: taken is a file, not a folder. ",
    ),
    "apply: no such application": (nothing, ["apply", "nothing"], "there is no application 'nothing', did you mean "),
    "apply: no model": (nothing, ["apply", "class-grid"], "no model is named; give --table and --row"),
    "apply: no model for a photograph": (nothing, ["apply", "complete"], "no model is named; give --table and --row"),
    "apply: into a folder": (
        nothing,
        ["apply", "class-grid", "--run", "x", "--out", "."],
        "--out .: is a folder; name the file of the image, such as ./image.png",
    ),
    "option that is none": (nothing, [*FIT, "--model.init_args.depth", "3"], "depth"),
    "folder in use": (occupied, FIT, "run: process 7 on elsewhere works in it; wait until it ends"),
    # data
    "data: too few photographs": (run(data__test_count=7), FIT, "lower data.init_args.batch_size or test_count"),
    "data: no photograph": (remove(0), FIT, "missing; fix them or take them off the list"),
    "data: no parsing map": (remove(1), FIT, "missing; fix them or take them off the list"),
    "data: broken photograph": (damage(0, b"no image"), FIT, "cannot"),
    "data: broken parsing map": (damage(1, b"no image"), FIT, "cannot"),
    "data: broken pose": (damage(2, b"{"), FIT, "keypoints.json"),
    "data: broken list": (file("DeepFashion/Eval/list_eval_partition.txt", "three\n"), FIT, "list_eval_partition.txt"),
    # checkpoints
    "checkpoint: none given": (nothing, TEST, "ckpt_path: missing; give the checkpoint to test"),
    "checkpoint: no file": (nothing, [*TEST, "--ckpt_path", "x.ckpt"], "x.ckpt: cannot be read"),
    "checkpoint: truncated": (
        checkpoint(lambda p: damaged(p, b"PK\x03\x04 and no more")),
        TEST,
        "is not a complete checkpoint",
    ),
    "checkpoint: of another model": (
        checkpoint(lambda p: torch.save({"state_dict": {"x": torch.zeros(1)}}, p)),
        TEST,
        "does not fit this WeNTexture",
    ),
    "checkpoint: that runs code": (
        checkpoint(lambda p: torch.save({"state_dict": {}, "x": Unpickled()}, p)),
        TEST,
        "is not a complete checkpoint",
    ),
    "Inception: another file": (
        lambda: (
            file("weights.pth", "no weights")(),
            trained_run(evaluation__features="inception", evaluation__weights="weights.pth"),
        ),
        TEST,
        "weights.pth",
    ),
}


def trained_run(**settings: Any) -> None:
    """`run.yaml` that tests weights which are there."""
    run()()
    assert cli.main(FIT) == 0
    shutil.move("run", "trained")
    run(**settings)()
    config = yaml.safe_load(Path("run.yaml").read_text())
    Path("run.yaml").write_text(yaml.safe_dump({**config, "ckpt_path": "trained/checkpoints/last.ckpt"}))


@pytest.mark.parametrize("case", CASES)
def test_one_line(case: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    prepare, arguments, said = CASES[case]
    prepare()
    capfd.readouterr()
    code = cli.main(arguments)
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
    assert code == 2
    assert len(lines) == 1
    assert said in lines[0]
    assert not Path("executed").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["data", "synthesize", "lfw", "--out", "x", "--seed", "-1"],
            "'-1' is not a number: use a whole number from 0",
        ),
        ([*PLAN, "--seeds", "101"], "101 is too many: use at most 100"),
        ([*PLAN, "--seeds", "100000"], "100000 is too many: use at most 100"),
    ],
)
def test_numbers_of_the_command_line_have_limits(
    arguments: list[str], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("command", [PLAN, ["data", "verify", "lfw", "--root", "closed"]])
def test_a_folder_that_may_not_be_read_is_one_line(
    command: list[str], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Root may read everything, so the refusal is that of the system call."""

    def refuse(path: Path, *arguments: Any, **options: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    assert cli.main(command) == 2
    said = r"error: \S+: cannot be read or written \(Permission denied\); change its permissions, or choose .*\n"
    assert re.fullmatch(said, capsys.readouterr().err)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40


def test_a_broken_table_does_not_hide_the_others(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    family = here / "fashion_completion"
    (family / "table_broken.yaml").write_text("id: broken\n")
    files = {name: family / f"table_{name}.yaml" for name in ("broken", "small")}
    monkeypatch.setattr(commands, "table_files", lambda: files)
    assert cli.main(["tables"]) == 2
    output = capsys.readouterr()
    assert output.err.startswith(f"error: {files['broken']}:1: key ") and output.err.count("\n") == 1
    assert "small: A small table (fashion_completion; 3 rows, 1 claims)" in output.out and "SCALE=paper" in output.out


def limited(size: int) -> Callable[[], None]:
    """No file may grow beyond so many bytes: what a full disk does to every write."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(FIT, "run"), (["data", "synthesize", "deepfashion", "--out", "people", "--count", "2"], "people")],
)
def test_a_full_disk_is_one_line(arguments: list[str], named: str, here: Path) -> None:
    command = [sys.executable, str(ROOT / "cli.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited(600))
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 2, done.stderr
    assert len(errors) == 1 and "Traceback" not in done.stderr
    assert named in errors[0] and re.search("cannot (be )?writ", errors[0])


def test_a_full_disk_under_a_table_fails_its_stages_in_one_line_each(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The configuration of the first stage finds no room; the others run, and the next call runs what is missing."""
    monkeypatch.setattr(warm, "STAGE_FUNCTION", "support.stand_in_stage:run_stage")
    arguments = [*ABLATE, "--data", "."]
    shape = requests.plan_to_run(cli.parser().parse_args(arguments)).stages[0]
    shape.folder.mkdir(parents=True)
    (shape.folder / f".config.yaml.{os.getpid()}.partial").symlink_to("/dev/full")
    capsys.readouterr()
    assert cli.main(arguments) == 1
    reason = f"{shape.folder}/config.yaml: cannot be written (No space left on device); free disk space and run again"
    assert capsys.readouterr().err == f"error: {reason}\n"
    assert cli.main(arguments) == 0
    assert "3 of 7 stages to run" in capsys.readouterr().out
