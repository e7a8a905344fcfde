"""Weights of trained networks from checkpoints, TorchScript and ONNX files."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from common.errors import ConfigurationError, one_line
from lightning_modules.checkpoint_file import read_checkpoint

Kind = Literal["checkpoint", "TorchScript", "ONNX"]

_LONGEST = 200  # characters of a reason in a message


def file_kind(path: str | Path) -> Kind:
    """Return what a file is: ONNX by its suffix, TorchScript by the code in its archive, a checkpoint otherwise."""
    if Path(path).suffix == ".onnx":
        return "ONNX"
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any("/code/" in name for name in archive.namelist()):
                return "TorchScript"
    return "checkpoint"


def read_torchscript(path: str | Path, key: str) -> torch.jit.ScriptModule:
    """Return the network of a TorchScript file, on the CPU in evaluation mode.

    TorchScript is a format of its own: its code runs in torch's interpreter, and nothing is unpickled as Python.

    Raises:
        ConfigurationError: it cannot be read; one line with the key.
    """
    try:
        # torch deprecates TorchScript; users still have such files
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            network: torch.jit.ScriptModule = torch.jit.load(str(path), map_location="cpu")
    except Exception as error:
        raise ConfigurationError(f"{key}: {path} is not a complete TorchScript file ({_reason(error)})") from error
    return network.eval()


def read_onnx(path: str | Path, key: str) -> Any:
    """Return the ONNX graph of a file, with its weights.

    Raises:
        ConfigurationError: it cannot be read, or the package onnx is not installed; one line with the key.
    """
    try:
        import onnx
    except ImportError as error:
        raise onnx_missing(path, key) from error
    try:
        return onnx.load(str(path)).graph
    except Exception as error:
        raise ConfigurationError(f"{key}: {path} is not a complete ONNX file ({_reason(error)})") from error


def onnx_missing(path: str | Path, key: str) -> ConfigurationError:
    """Return the error where a package that reads ONNX files is not installed."""
    return ConfigurationError(
        f"{key}: {path} is an ONNX file, which needs onnx and onnxruntime; pip install 'paper-tables[onnx]'"
    )


def stored_weights(path: str | Path, key: str) -> Mapping[str, Tensor]:
    """Return the weights of a network in a file of any kind, by name.

    Raises:
        ConfigurationError: the file cannot be read; one line with the key.
    """
    kind = file_kind(path)
    if kind == "ONNX":
        return _onnx_weights(read_onnx(path, key))
    if kind == "TorchScript":
        network = read_torchscript(path, key)
        return {**network.state_dict(), **_constants(network)}
    weights: Mapping[str, Tensor] = read_checkpoint(path, key)["state_dict"]
    return weights


def _constants(network: Any) -> dict[str, Tensor]:
    """Return the tensors in the code: all weights are there in a network that torch.jit.freeze has made."""
    graph = network.inlined_graph  # its nodes live as long as it does
    nodes = graph.findAllNodes("prim::Constant", True)
    tensors = [n.t("value") for n in nodes if n.hasAttribute("value") and n.kindOf("value") == "t"]
    return {f"constant {number}": tensor for number, tensor in enumerate(tensors)}


def _onnx_weights(graph: Any) -> dict[str, Tensor]:
    from onnx.numpy_helper import to_array

    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            tensors = [attribute.t for attribute in node.attribute if attribute.HasField("t")]
            stored |= dict(zip(node.output, tensors, strict=False))
    return {name: torch.tensor(to_array(tensor)) for name, tensor in stored.items()}


def _reason(error: Exception) -> str:
    return one_line(error)[:_LONGEST]
