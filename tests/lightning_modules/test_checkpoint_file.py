"""Checkpoints: read on the CPU without unpickling, and errors in one line that names setting, file and fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from common.errors import ConfigurationError
from lightning_modules.checkpoint_file import read_checkpoint


class Payload:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_a_checkpoint_is_read(tmp_path: Path) -> None:
    torch.save({"state_dict": {"w": torch.arange(3.0)}, "iteration": 7}, tmp_path / "last.ckpt")
    content = read_checkpoint(tmp_path / "last.ckpt")
    assert content["iteration"] == 7 and content["state_dict"]["w"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("how", ["missing", "truncated", "text", "other things", "code"])
def test_a_file_that_cannot_be_loaded_is_named_in_one_line(how: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.ckpt"
    state: dict[str, Any] = {"state_dict": {"w": torch.zeros(2000)}}
    if how == "code":
        state["extra"] = Payload(tmp_path / "executed")
    if how != "missing":
        torch.save({"weights": 1} if how == "other things" else state, path)
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:3000])
    elif how == "text":
        path.write_text("no checkpoint")
    with pytest.raises(ConfigurationError) as caught:
        read_checkpoint(path, "model.init_args.teacher_checkpoint")
    fix = (
        ": cannot be read (No such file or directory); train it first"
        if how == "missing"
        else " is not a complete checkpoint; train it again"
    )
    assert str(caught.value) == f"model.init_args.teacher_checkpoint: {path}{fix}"
    assert not (tmp_path / "executed").exists()
