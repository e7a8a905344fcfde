"""`cli.py fit` and `test` on one configuration: what they leave, and the one line that each mistake gets."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from support.deepfashion_folder import names, write_folder

import cli
from ablations.lightning_cli import SuiteCLI, main, refusal
from ablations.planning.folder import read_json
from ablations.planning.locks import lock_path, owner
from common.errors import ConfigurationError, DataError, TableError

TINY = {"width": 4, "max_width": 8, "levels": 4, "max_iterations": 2}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    arguments = {"root": str(write_folder(folder / "DeepFashion", names(8), size=(64, 64)))}
    arguments |= {"resolution": 64, "batch_size": 2, "test_count": 2, "cache_dir": str(folder / "cache")}
    return {"class_path": "datamodules.DeepFashion", "init_args": arguments}


def config_of(data: dict[str, Any], folder: Path, model: str = "WeNShape", **arguments: Any) -> dict[str, Any]:
    return {
        "model": {"class_path": f"lightning_modules.fashion_completion.{model}", "init_args": {**TINY, **arguments}},
        "data": data,
        "trainer": {"default_root_dir": str(folder), "accelerator": "cpu"},
        "wandb": {"mode": "disabled"},
        "evaluation": {"features": "effnetlite0", "cache_dir": str(folder / "statistics")},
    }


def write(config: dict[str, Any], folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return str(path)


@pytest.fixture(scope="module")
def trained(data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shape stage that trained for two iterations."""
    folder = tmp_path_factory.mktemp("trained")
    main(["fit", "--config", write(config_of(data, folder), folder)])
    return folder


def test_a_training_leaves_its_result_and_its_provenance(trained: Path) -> None:
    metrics = read_json(trained / "metrics.json")
    assert metrics is not None
    assert (metrics["kind"], metrics["iterations"]) == ("fit", 2)
    assert set(metrics["losses"]) == {"L", "L_seg", "L_KL"}
    assert len(metrics["weights_sha256"]) == 64
    assert (trained / "checkpoints/last.ckpt").is_file()
    provenance = read_json(trained / "provenance.json")
    assert provenance is not None
    assert provenance["seconds"] > 0
    assert provenance["data"]["fingerprint"]


def test_a_logger_gets_the_losses_and_changes_no_result(data: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    config = config_of(data, tmp_path)
    config["trainer"] |= {
        "logger": {"class_path": "CSVLogger", "init_args": {"save_dir": str(tmp_path / "logged")}},
        "log_every_n_steps": 1,
    }
    main(["fit", "--config", write(config, tmp_path)])
    lines = list(csv.DictReader(next((tmp_path / "logged").rglob("metrics.csv")).open(encoding="utf-8")))
    assert [line["step"] for line in lines] == ["1", "2"]
    assert {"L", "L_seg", "L_KL"} <= set(lines[0])
    assert (tmp_path / "metrics.json").read_bytes() == (trained / "metrics.json").read_bytes()


def test_the_same_training_again_gives_the_same_bytes(data: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    main(["fit", "--config", write(config_of(data, tmp_path), tmp_path)])
    assert (tmp_path / "metrics.json").read_bytes() == (trained / "metrics.json").read_bytes()


def test_a_training_that_ends_early_is_no_result(data: dict[str, Any], tmp_path: Path) -> None:
    config = config_of(data, tmp_path, max_iterations=50)
    config["trainer"]["max_epochs"] = 1  # three batches
    with pytest.raises(TableError, match=r"training was stopped at iteration 3 of 50; run it again"):
        main(["fit", "--config", write(config, tmp_path)])
    assert not (tmp_path / "metrics.json").exists()


def test_a_test_measures_the_checkpoint(data: dict[str, Any], tmp_path: Path) -> None:
    arguments = {"two_stage": False, "output_scales": 1}
    fit, test = tmp_path / "fit", tmp_path / "test"
    main(["fit", "--config", write(config_of(data, fit, "WeNTexture", **arguments), fit)])
    config = config_of(data, test, "WeNTexture", **arguments) | {"ckpt_path": str(fit / "checkpoints/last.ckpt")}
    main(["test", "--config", write(config, test)])
    metrics = read_json(test / "metrics.json")
    assert metrics is not None
    assert (metrics["kind"], metrics["headline"], metrics["protocol"]["generated"]) == ("test", "single", 2)
    assert metrics["metrics"]["ssim"] < 1
    trained = read_json(fit / "metrics.json")
    assert trained is not None
    assert metrics["weights"] == {"ckpt_path": trained["weights_sha256"]}
    text = (test / "metrics.json").read_text()
    assert str(tmp_path) not in text  # paths and times would make two equal runs differ
    assert {path.name for path in (test / "samples").glob("000_*")} == {
        "000_input.png", "000_truth.png", "000_single.png",
    }  # fmt: skip


def test_a_training_says_which_weights_it_was_given(data: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    given = str(trained / "checkpoints/last.ckpt")
    config = config_of(data, tmp_path, "WeNTexture", two_stage=True, shape_checkpoint=given)
    main(["fit", "--config", write(config, tmp_path)])
    mine, theirs = (read_json(folder / "metrics.json") for folder in (tmp_path, trained))
    provenance = read_json(tmp_path / "provenance.json")
    assert mine is not None and theirs is not None and provenance is not None
    assert mine["weights"] == provenance["inputs"] == {"shape_checkpoint": theirs["weights_sha256"]}
    assert "weights" not in theirs
    config["model"]["init_args"]["shape_checkpoint"] = str(tmp_path / "nothing.ckpt")
    with pytest.raises(ConfigurationError, match=r"shape_checkpoint: .*nothing\.ckpt: cannot be read"):
        main(["fit", "--config", write(config, tmp_path / "other")])


def test_weights_that_were_replaced_are_not_measured(data: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    copy = tmp_path / "trained"
    shutil.copytree(trained, copy)
    path = copy / "checkpoints/last.ckpt"
    content = torch.load(path, weights_only=True)
    next(iter(content["state_dict"].values())).add_(1e-3)
    torch.save(content, path)
    config = config_of(data, tmp_path / "test") | {"ckpt_path": str(path)}
    with pytest.raises(TableError, match=r"differs from the weights recorded in metrics\.json; train it again"):
        main(["test", "--config", write(config, tmp_path / "test")])


def test_a_folder_that_another_process_works_in_is_left_alone(data: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    config = write(config_of(data, folder), folder)
    lock_path(folder).write_text(json.dumps({"host": "elsewhere pid:[1]", "pid": 7, "born": 1}))
    with pytest.raises(TableError, match="process 7 on elsewhere works in it; wait until it ends"):
        main(["fit", "--config", config])
    assert not (folder / "checkpoints").exists()
    lock_path(folder).unlink()
    main(["fit", "--config", config])
    assert owner(folder) is None  # given free again


def test_what_is_typed_is_not_replaced_by_what_the_checkpoint_holds(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(SuiteCLI, "_run_subcommand", lambda cli, _: seen.append(cli.model.hparams["learning_rate"]))
    checkpoint = trained / "checkpoints/last.ckpt"
    assert torch.load(checkpoint, weights_only=True)["hyper_parameters"]["learning_rate"] == 1e-4
    arguments = ["--config", str(trained / "config.yaml"), "--ckpt_path", str(checkpoint)]
    main(["test", *arguments, "--model.learning_rate", "0.5"])
    assert seen == [0.5]


def broken_checkpoint(trained: Path, folder: Path, how: str) -> Path:
    path = folder / "last.ckpt"
    whole = trained / "checkpoints/last.ckpt"
    if how == "truncated":
        path.write_bytes(whole.read_bytes()[:3000])
    elif how == "text":
        path.write_text("no checkpoint")
    elif how == "other things":
        torch.save({"weights": 1}, path)
    return path


@pytest.mark.parametrize(
    ("how", "message"),
    [("missing", ": cannot be read (No such file or directory); train it first"),
     ("truncated", " is not a complete checkpoint; train it again"), ("text", " is not a complete checkpoint"),
     ("other things", " is not a complete checkpoint")],
)  # fmt: skip
@pytest.mark.parametrize("command", ["fit", "test"])
def test_a_checkpoint_that_cannot_be_loaded(
    command: str, how: str, message: str, data: dict[str, Any], trained: Path, tmp_path: Path
) -> None:
    path = broken_checkpoint(trained, tmp_path, how)
    config = config_of(data, tmp_path) | {"ckpt_path": str(path)}
    with pytest.raises(ConfigurationError) as caught:
        main([command, "--config", write(config, tmp_path)])
    assert str(caught.value).startswith(f"ckpt_path: {path}{message}")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "metrics.json").exists()


def test_a_checkpoint_of_another_configuration(data: dict[str, Any], trained: Path, tmp_path: Path) -> None:
    config = config_of(data, tmp_path, width=8) | {"ckpt_path": str(trained / "checkpoints/last.ckpt")}
    with pytest.raises(TableError, match=r"does not fit this WeNShape \(\S+: \[.*\] in the fi"):
        main(["test", "--config", write(config, tmp_path)])


def test_a_test_without_a_checkpoint_does_not_measure_random_weights(data: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(TableError, match="ckpt_path: missing"):
        main(["test", "--config", write(config_of(data, tmp_path), tmp_path)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"augmentation": {"flip": 2}}, "data.init_args.augmentation.flip: 2.0; give 0 to 1"),
     ({"augmentation": {"flip": 0.5}, "flip": True}, "data.init_args.flip: augmentation.flip mirrors already; leave "),
     ({"test_share": 1.5}, "data.init_args.test_share: 1.5; give 0 or more and less than 1")],
)  # fmt: skip
def test_a_value_that_the_data_module_refuses_is_said_in_its_words(
    arguments: dict[str, Any], message: str, tmp_path: Path
) -> None:
    data = {"class_path": "datamodules.FaceScrub", "init_args": {"root": "nowhere", **arguments}}
    with pytest.raises(DataError) as caught:
        main(["fit", "--config", write(config_of(data, tmp_path), tmp_path)])
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)


def test_a_mistake_in_the_code_of_a_class_keeps_its_own_error(
    data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, *arguments: Any, **others: Any) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("pytorch_lightning.cli.LightningCLI.instantiate_classes", broken)
    with pytest.raises(ValueError, match="a mistake of ours"):
        main(["fit", "--config", write(config_of(data, tmp_path), tmp_path)])


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [("levels:", "lewels:", "{path}:6: model.init_args.lewels: unknown argument 'lewels', did you mean 'levels'?"),
     ("width: 4", "width: wide", "{path}:4: model.init_args.width: must be int, not 'wide'"),
     ("WeNShape", "WeNShap", "{path}:2: model.class_path: there is no class 'WeNShap' in "),
     ("trainer:", "trainr:", "{path}:16: unknown key 'trainr', did you mean 'trainer'?"),
     ("accelerator:", "acelerator:", "{path}:18: trainer.acelerator: unknown argument 'acelerator', did you mean 'a"),
     ("mode:", "mod:", "{path}:20: wandb.mod: unknown argument 'mod', did you mean 'mode'?"),
     ("wandb:", "wandb: [", "{path}:21: not valid YAML")],
)  # fmt: skip
def test_a_typo_in_a_configuration_names_file_line_and_key(
    right: str, wrong: str, message: str, data: dict[str, Any], tmp_path: Path
) -> None:
    path = Path(write(config_of(data, tmp_path), tmp_path))
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    for arguments in (["--config", str(path)], [f"--config={path}"], ["-c", str(path)]):
        with pytest.raises(TableError) as caught:
            main(["fit", *arguments])
        assert str(caught.value).startswith(message.format(path=path))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "message"),
    [(["--model.latent_chanels", "3"], "Option 'latent_chanels' is not accepted, did you mean 'latent_channels'?"),
     (["--model.width", "wide"], 'Parser key "width": Expected a <class \'int\'>. Got value: wide'),
     (["--trainer.max_epoks", "3"], "--trainer.max_epoks"), (["--config"], "expected one argument"),
     (["--config", "absent.yaml"], "absent.yaml: cannot be read (No such file or directory)")],
)  # fmt: skip
def test_a_typo_on_the_command_line_is_one_line(
    typed: list[str], message: str, trained: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(TableError) as caught:
        main(["fit", "--config", str(trained / "config.yaml"), *typed])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "usage" not in capfd.readouterr().err


def test_the_command_says_it_in_one_line_and_exits_with_2(
    data: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(config_of(data, tmp_path, lewels=3), tmp_path)
    assert cli.main(["fit", "--config", path]) == 2
    unknown = "model.init_args.lewels: unknown argument 'lewels', did you mean 'levels'?"
    assert capfd.readouterr().err == f"error: {path}:8: {unknown}\n"


@pytest.mark.parametrize("command", ["validate", "predict"])
def test_what_the_model_does_not_do_is_said_in_one_line(command: str, data: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(TableError, match=f"Trainer.{command}") as caught:
        main([command, "--config", write(config_of(data, tmp_path), tmp_path)])
    assert "\n" not in str(caught.value)


def test_a_configuration_that_leaves_the_data_out(tmp_path: Path) -> None:
    path = write({"model": {"class_path": "lightning_modules.fashion_completion.WeNShape"}}, tmp_path)
    with pytest.raises(TableError, match="data"):
        main(["fit", "--config", path])


def test_several_configurations_may_share_what_there_is_to_say(
    data: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(SuiteCLI, "_run_subcommand", lambda cli, _: seen.append(cli.model.hparams["width"]))
    config = config_of(data, tmp_path)
    second = write({"model": {"class_path": config["model"]["class_path"], "init_args": {"width": 6}}}, tmp_path / "b")
    main(["fit", "--config", write(config, tmp_path / "a"), "--config", second])
    assert seen == [6]


def test_a_refusal_is_its_first_reason() -> None:
    message = (
        'Parser key "model":\n  Does not validate against any of the Union subtypes\n  Subtypes: [A, None]\n  Errors:\n'
        "    - Problem with given class_path 'a.B':\n        Option is bad\n    - Expected a None\n"
        "  Given value type: dict\n  Given value: {'a': 1}"
    )
    assert refusal(message) == "model: Problem with given class_path 'a.B': Option is bad"
    assert refusal("unrecognized arguments: --a\nGiven value: 3") == "unrecognized arguments: --a"


def test_lightning_does_not_unpickle_a_checkpoint(trained: Path, data: dict[str, Any], tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "executed",))

    whole = torch.load(trained / "checkpoints/last.ckpt", weights_only=True)
    torch.save(whole | {"extra": Payload()}, tmp_path / "bad.ckpt")
    config = config_of(data, tmp_path) | {"ckpt_path": str(tmp_path / "bad.ckpt")}
    with pytest.raises(ConfigurationError, match="is not a complete checkpoint"):
        main(["fit", "--config", write(config, tmp_path)])
    assert not (tmp_path / "executed").exists()


def test_metrics_are_sorted_json(trained: Path) -> None:
    text = (trained / "metrics.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
