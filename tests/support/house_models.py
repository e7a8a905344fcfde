"""What every network and every model must have. Each rule says in words what is missing; an empty list is all well."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from support.house import MODEL, House, Model

from ablations.resolving.configs import AGREED

#: What a model does besides what its base does for it, and what one that makes images does besides.
METHODS, OF_IMAGES = ("step", "configure_optimizers"), ("generate", "preview")
#: The scales that tests and newcomers use: a model must have a small size there.
SMALL = ("ci", "toy")
LIGHTNING = ("pytorch_lightning", "lightning")


def networks(house: House, path: Path) -> list[str]:
    """Plain modules with a docstring each, that a test imports."""
    tree, family = ast.parse(path.read_text(encoding="utf-8")), path.parents[1].name
    found = []
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        found += [
            f"imports {name}: networks are plain modules" for name in names if name.partition(".")[0] in LIGHTNING
        ]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    found += [f"{node.name} has no docstring" for node in classes if ast.get_docstring(node) is None]
    module = f"lightning_modules.{family}.networks.{path.stem}"
    if not any(f"{name}.".startswith(f"{module}.") for name in house.imported(f"tests/lightning_modules/{family}")):
        found.append(f"no test in tests/lightning_modules/{family} imports from it")
    return found if classes else [*found, "has no class"]


def contract(house: House, model: Model) -> list[str]:
    """A TrainedModule with its methods, those of images too if it makes some; arguments have types and literals."""
    methods = (*METHODS, *OF_IMAGES) if house.makes_images(model) else METHODS
    found = [f"has no {name}" for name in methods if house.method(model.source, name) is None]
    if MODEL not in [c.name for c in house.lineage(model.source)]:
        found.append(f"is no {MODEL}: nothing counts its iterations")
    if not model.source.docstring:
        found.append("has no docstring")
    init = house.method(model.source, "__init__")
    assert init is not None
    arguments = [*init.args.args[1:], *init.args.kwonlyargs]
    defaults = [*[None] * (len(init.args.args) - 1 - len(init.args.defaults)), *init.args.defaults]
    for argument, default in zip(arguments, [*defaults, *init.args.kw_defaults], strict=True):
        if argument.annotation is None:
            found.append(f"argument {argument.arg} has no type")
        if not _is_literal(default):
            found.append(f"argument {argument.arg} has no literal default: the paper's value")
    if "max_iterations" not in [argument.arg for argument in arguments]:
        found.append("takes no max_iterations")
    return found


def _is_literal(node: ast.expr | None) -> bool:
    try:
        ast.literal_eval(node)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False
    return True


def exported(house: House, model: Model) -> list[str]:
    """`from lightning_modules.<family> import <Model>` works, and is what the package says it offers."""
    return [] if model.name in house.exported(model.family) else [f"is not in __all__ of {model.family}/__init__.py"]


def built(class_: type) -> list[str]:
    """It builds without memory at the paper's size: that is how its parameters are counted."""
    import torch

    try:
        with torch.device("meta"):
            module = class_()
    except Exception as error:
        return [f"does not build on the meta device ({type(error).__name__}: {error})"]
    held = [name for name, parameter in module.named_parameters() if not parameter.is_meta]
    return [f"{name} takes memory on the meta device" for name in held]


def the_class(model: Model) -> type:
    """The class itself, imported."""
    return getattr(importlib.import_module(f"lightning_modules.{model.family}"), model.name)


def sizes(house: House, model: Model) -> list[str]:
    """Every scale that changes models says what it makes of this one, its budget among it."""
    found = []
    for name in sorted({path.stem for path in (house.root / "ablations").glob("*/scales/*.yaml")}):
        family = house.scale(model.family, name)
        if family is None:
            found.append(f"{model.family} has no scale {name}")
        elif name in SMALL or family["models"]:
            size = family["models"].get(model.name)
            if size is None:
                found.append(f"scale {name} says nothing about it")
            elif "max_iterations" not in size:
                found.append(f"scale {name} gives it no max_iterations")
    return found


def size_at(house: House, model: Model, scale: str) -> dict[str, Any]:
    """Its arguments at a scale, with those that follow from the data of its base file."""
    family, init = house.scale(model.family, scale), house.method(model.source, "__init__")
    assert family is not None and init is not None
    data = family["data"].get(_data_class(house, model), {})
    followed = {a.arg: data[a.arg] for a in init.args.args if a.arg in AGREED and a.arg in data}
    return {**followed, **family["models"][model.name]}


def base_files(house: House, model: Model) -> list[dict[str, Any]]:
    """The configuration files that are about it."""
    return _files(house, model.family, model)


def _files(house: House, family: str, model: Model) -> list[dict[str, Any]]:
    paths = sorted((house.root / "ablations" / family).glob("*.yaml"))
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths if not path.stem.startswith("table_")]
    # A test's own file names no model.
    named = [(file, file.get("model", {}).get("class_path", "")) for file in files]
    return [file for file, path in named if path.rpartition(".")[2] == model.name]


def base_file(house: House, model: Model) -> list[str]:
    """A configuration file names it and gives it nothing: its defaults are the paper."""
    files = base_files(house, model)
    if not files:
        return [f"no file in ablations/{model.family} has it as model.class_path"]
    path = f"lightning_modules.{model.family}.{model.name}"
    given = [file["model"]["class_path"] for file in files]
    found = [f"a base file has {other}, not {path}" for other in given if other != path]
    if all(file["model"].get("init_args") for file in files):
        found.append("no base file leaves init_args out: the defaults are to be the paper's")
    return found


def data_set(house: House, model: Model) -> str:
    """The data set of its base file."""
    return house.modules[_data_class(house, model)].path.stem


def _data_class(house: House, model: Model) -> str:
    return str(base_files(house, model)[0]["data"]["class_path"]).rpartition(".")[2]


def steps(class_: type, size: dict[str, Any], batch: dict[str, Any]) -> list[str]:
    """One step gives finite losses and moves every network; a preview is of images, and the same when drawn again."""
    import torch
    from support.class_images import generator_checkpoint
    from support.completion import attach_optimizers, noise

    torch.manual_seed(0)
    # What is otherwise another stage's work is trained along.
    along = {"freeze_classifier": False} if "freeze_classifier" in inspect.signature(class_).parameters else {}
    if "generator_checkpoint" in inspect.signature(class_).parameters:
        with TemporaryDirectory() as folder:
            sizes = {name: size[name] for name in AGREED if name in size}
            module = class_(**size, **along, generator_checkpoint=str(generator_checkpoint(Path(folder), **sizes)))
            module.frozen_generator()
    else:
        module = class_(**size, **along)
    attach_optimizers(module)
    before = {name: parameter.detach().clone() for name, parameter in module.named_parameters()}
    losses = module.step(batch, noise())
    found = [] if losses else ["step returns no losses"]
    found += [f"loss {name} is {loss.item()}" for name, loss in losses.items() if not torch.isfinite(loss).all()]
    moved = {name.partition(".")[0] for name, p in module.named_parameters() if not torch.equal(p, before[name])}
    networks = dict.fromkeys(name.partition(".")[0] for name in before)
    found += [f"no parameter of {name} moved" for name in networks if name not in moved]
    if not hasattr(module, "preview"):
        return found
    module.eval()
    first, second = _preview(module, batch, 1), _preview(module, batch, 2)
    for title, image in first.items():
        if image.dim() != 4 or image.shape[1] != 3 or image.min() < -1 or image.max() > 1:
            found.append(f"preview {title!r} is no image (B, 3, H, W) in [-1, 1]")
        if not torch.equal(image, second[title]):
            found.append(f"preview {title!r} is another when drawn again: its noise is not keyed by the image")
    return found if first else [*found, "preview shows nothing"]


def _preview(module: Any, batch: dict[str, Any], seed: int) -> dict[str, Any]:
    """Its preview, whatever torch would draw; the module is left as it was (spectral normalisation moves on)."""
    import torch

    from lightning_modules.preserve_state import preserve_state

    with preserve_state(module), torch.no_grad():
        torch.manual_seed(seed)
        return module.preview(batch)


def tested(house: House, model: Model) -> list[str]:
    """A test of its family imports it."""
    folder = f"tests/lightning_modules/{model.family}"
    module = model.source.path.stem
    names = {f"lightning_modules.{model.family}.{name}" for name in (model.name, f"{module}.{model.name}")}
    return [] if names & house.imported(folder) else [f"no test in {folder} imports it"]


def documented(house: House, model: Model) -> list[str]:
    """A page, such as its family's, has its docstring, and one that people read names it."""
    path = f"lightning_modules.{model.family}.{model.source.path.stem}.{model.name}"
    paths = (path, f"lightning_modules.{model.family}.{model.name}")
    told = any(f"autoclass:: {one}\n" in text for one in paths for text in house.pages().values())
    found = [] if told else [f"no page of docs/ has `autoclass:: {path}`"]
    pages = [text for name, text in house.pages().items() if name != "api.md" and not name.startswith("add-a-")]
    named = any(f"`{model.name}`" in text for text in pages)
    return found if named else [*found, f"no page of docs/ names `{model.name}`"]
