"""The rules of test_house.py can fail: each of these faults, planted in a copy of the repository, is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from support import house_data, house_models, house_tables
from support.completion import batch
from support.house import ROOT, House, Model
from support.small_table import TEXT, small_table
from torch import nn

from lightning_modules.fashion_completion import BicycleGAN

FAMILY = "lightning_modules/fashion_completion"
PARTS = ("lightning_modules", "datamodules", "ablations", "docs", "tests/lightning_modules", "tests/datamodules")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    skipped = shutil.ignore_patterns("__pycache__", "_build", "*.png")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=skipped)
    return folder


@pytest.fixture
def plant(copy: Path) -> Iterator[Callable[[str, str, str], House]]:
    """Replaces a text in a file of the copy (a whole folder's files, where it names one), for one test."""
    before: dict[Path, str] = {}

    def replace(place: str, old: str, new: str) -> House:
        paths = sorted((copy / place).glob("*.*")) if (copy / place).is_dir() else [copy / place]
        texts = {path: path.read_text(encoding="utf-8") for path in paths if path.is_file()}
        assert any(old in text for text in texts.values()), f"{place} has no {old!r}"
        for path, text in texts.items():
            before.setdefault(path, text)
            path.write_text(text.replace(old, new), encoding="utf-8")
        return House(copy)

    yield replace
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")


def bicyclegan(house: House) -> Model:
    return next(model for model in house.models() if model.name == "BicycleGAN")


def bicyclegan_networks(house: House, _: Model) -> list[str]:
    return house_models.networks(house, house.root / FAMILY / "networks/bicyclegan.py")


def test_the_copy_is_without_fault(copy: Path) -> None:
    house = House(copy)
    for model in (model for model in house.models() if model.family == "fashion_completion"):
        for rule in (house_models.contract, house_models.exported, house_models.sizes, house_models.base_file):
            assert rule(house, model) == []
    for rule in (house_data.layout, house_data.module, house_data.tested, house_data.documented):
        assert rule(house, "deepfashion") == []


SOURCE, INIT = f"{FAMILY}/bicyclegan.py", f"{FAMILY}/__init__.py"
TESTS = "tests/lightning_modules/fashion_completion"
#: The rule, where the fault is planted, the text that is replaced and by what, and what the rule says.
MODEL_FAULTS = [
    (bicyclegan_networks, f"{FAMILY}/networks/bicyclegan.py", "import torch\n", "import torch\nimport lightning\n",
     "imports lightning"),
    (bicyclegan_networks, TESTS, "networks import bicyclegan", "networks import wen as bicyclegan",
     "no test in tests/lightning_modules/fashion_completion imports from it"),
    (house_models.contract, SOURCE, "def preview(", "def preview_(", "has no preview"),
    (house_models.contract, SOURCE, "def configure_optimizers(", "def optimizers_(", "has no configure_optimizers"),
    (house_models.contract, SOURCE, "width: int = 64,", "width: int,", "argument width has no literal default"),
    (house_models.contract, SOURCE, "width: int = 64,", "width=64,", "argument width has no type"),
    (house_models.contract, SOURCE, "        max_iterations: int = 60_000,\n", "", "takes no max_iterations"),
    (house_models.contract, SOURCE, "BicycleGAN(GenerativeModule)", "BicycleGAN(pl.LightningModule)",
     "is no TrainedModule"),
    (house_models.exported, INIT, '__all__ = ["BicycleGAN", ', "__all__ = [", "is not in __all__"),
    (house_models.sizes, "ablations/fashion_completion/scales/toy.yaml", "  BicycleGAN:", "  Bicycle:",
     "scale toy says nothing about it"),
    (house_models.sizes, "ablations/fashion_completion/scales/small.yaml", "  BicycleGAN:", "  Bicycle:",
     "scale small says nothing about it"),
    (house_models.sizes, "ablations/fashion_completion/scales/ci.yaml", "BicycleGAN: {width: 4,",
     "BicycleGAN: {}\n  Other: {width: 4,", "scale ci gives it no max_iterations"),
    (house_models.base_file, "ablations/fashion_completion/bicyclegan.yaml", "BicycleGAN\n", "WeNTexture\n",
     "no file in ablations/fashion_completion has it"),
    (house_models.base_file, "ablations/fashion_completion/bicyclegan.yaml", "BicycleGAN\n",
     "BicycleGAN\n  init_args: {width: 8}\n", "no base file leaves init_args out"),
    (house_models.tested, TESTS, "BicycleGAN", "Bicycle", "no test in tests/lightning_modules"),
    (house_models.documented, "docs/api.md", "bicyclegan.BicycleGAN", "bicyclegan.Bicycle", "no page of docs/ has"),
    (house_models.documented, "docs", "`BicycleGAN`", "it", "no page of docs/ names"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "place", "old", "new", "said"), MODEL_FAULTS)
def test_a_model_s_fault_is_named(
    rule: Callable[[House, Model], list[str]],
    place: str,
    old: str,
    new: str,
    said: str,
    plant: Callable[[str, str, str], House],
) -> None:
    house = plant(place, old, new)
    assert any(said in fault for fault in rule(house, bicyclegan(house)))


def test_a_model_without_images_needs_no_preview(plant: Callable[[str, str, str], House]) -> None:
    plant(SOURCE, "def preview(", "def preview_(")
    house = plant(SOURCE, "BicycleGAN(GenerativeModule)", "BicycleGAN(TrainedModule)")
    assert house_models.contract(house, bicyclegan(house)) == []


def test_what_families_share_is_held_to_the_rules_of_models(plant: Callable[[str, str, str], House]) -> None:
    house = plant("ablations/recognition/scales/toy.yaml", "  Classifier:", "  Classifer:")
    classifier = next(model for model in house.models() if model.name == "Classifier")
    assert classifier.family == "recognition"
    assert house_models.base_file(house, classifier) == []
    assert house_models.sizes(house, classifier) == ["scale toy says nothing about it"]


class Rounder(BicycleGAN):
    """Its weights are on the CPU wherever it is built, one network never moves, and it previews with fresh noise."""

    def __init__(self, **size: Any) -> None:
        super().__init__(**size)
        self.idle = nn.Linear(2, 2, device="cpu")

    def preview(self, data: dict[str, Any]) -> dict[str, torch.Tensor]:
        return {"noise": torch.rand(2, 3, 4, 4), "loud": torch.full((2, 3, 4, 4), 2.0)}

    def step(self, *arguments: Any) -> dict[str, torch.Tensor]:
        return {**super().step(*arguments), "L_bad": torch.tensor(float("nan"))}


def test_a_model_that_cannot_be_built_on_meta_is_named() -> None:
    assert house_models.built(BicycleGAN) == []
    assert house_models.built(Rounder) == [
        f"idle.{name} takes memory on the meta device" for name in ("weight", "bias")
    ]
    assert "does not build on the meta device (TypeError" in house_models.built(nn.Linear)[0]


def test_a_step_that_goes_wrong_is_named() -> None:
    size = {"width": 4, "max_width": 8, "levels": 6}
    assert house_models.steps(BicycleGAN, size, batch(4)) == []
    assert house_models.steps(Rounder, size, batch(4)) == [
        "loss L_bad is nan",
        "no parameter of idle moved",
        "preview 'noise' is another when drawn again: its noise is not keyed by the image",
        "preview 'loud' is no image (B, 3, H, W) in [-1, 1]",
    ]


LAYOUT, DATA = "datamodules/layouts/deepfashion.py", "datamodules/deepfashion.py"
DATA_FAULTS = [
    (house_data.layout, LAYOUT, "def verify(", "def check(", "has no verify(root)"),
    (house_data.layout, LAYOUT, "<root>/", "", "its docstring does not show the folder"),
    (house_data.layout, LAYOUT, "import hashlib", "import torch.nn", "imports torch.nn"),
    (house_data.module, DATA, "DeepFashion(ResumableData)", "DeepFashion(pl.LightningDataModule)",
     "is no ResumableData"),
    (house_data.module, DATA, "    def fingerprint(", "    def digest(", "has no fingerprint"),
    (house_data.module, DATA, "    | ", "    ", "its docstring has no table of the batch"),
    (house_data.layout, LAYOUT, "DATA_SET = ", "NO_DATA_SET = ", "declares no DATA_SET"),
    (house_data.module, DATA, "    data_sets: ClassVar", "    no_sets: ClassVar", "does not declare its data_sets"),
    (house_data.tested, "tests/datamodules", "layouts.deepfashion", "layouts.other",
     "no test in tests/datamodules imports datamodules.layouts.deepfashion"),
    (house_data.tested, "tests/datamodules", "import DeepFashion", "import DataModule",
     "no test in tests/datamodules imports its data module"),
    (house_data.documented, "docs/data.md", "data verify deepfashion", "data verify", "no page of docs/ has"),
    (house_data.documented, "docs/api.md", "autoclass:: datamodules.deepfashion.DeepFashion", "autoclass:: nothing",
     "no page of docs/ has"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "place", "old", "new", "said"), DATA_FAULTS)
def test_a_data_set_s_fault_is_named(
    rule: Callable[[House, str], list[str]],
    place: str,
    old: str,
    new: str,
    said: str,
    plant: Callable[[str, str, str], House],
) -> None:
    house = plant(place, old, new)
    assert any(said in fault for fault in rule(house, "deepfashion"))


def test_a_procedural_data_module_has_no_files_and_all_else(plant: Callable[[str, str, str], House]) -> None:
    house = plant("datamodules/ring.py", "    def test_dataloader(", "    def tests(")
    assert not house.reads_files("ring")
    assert house_data.module(house, "ring") == ["has no test_dataloader"]
    reading = plant("datamodules/ring.py", "self, block: int", "self, root: str, block: int")
    assert reading.reads_files("ring")
    assert "has no fingerprint" in house_data.module(reading, "ring")


def test_a_data_set_that_is_not_there_is_named(copy: Path, tmp_path: Path) -> None:
    house = House(copy)
    assert house_data.layout(house, "celeba") == ["there is no datamodules/layouts/celeba.py"]
    assert house_data.drawn(house, "celeba", tmp_path) == [
        "there is no synthesize_celeba in datamodules/synthetic/*/celeba.py"
    ]
    assert house_data.offered("celeba", tmp_path) == ["`python cli.py data synthesize celeba` does not draw it"]
    assert house_data.module(house, "celeba") == ["there is no data module in datamodules/celeba.py"]


def test_a_batch_unlike_its_docstring_is_named() -> None:
    told = """
    | key | shape | content |
    |---|---|---|
    | person | (B, 3, R, R) float32 in [-1, 1] | an image |
    | visible | (B, 1, R, R) float32 {0, 1} | a mask |
    | parsing | (B, R, R) int64 in 0..7 | classes |
    | name | list of str | the file |
    """
    good = {
        "person": torch.zeros(2, 3, 8, 8), "visible": torch.ones(2, 1, 8, 8),
        "parsing": torch.full((2, 8, 8), 7), "name": ["a", "b"],
    }  # fmt: skip
    assert house_data.batches(told, good) == []
    faults = {
        "person": (torch.full((2, 3, 8, 8), 1.5), "leaves [-1, 1]"),
        "visible": (torch.full((2, 1, 8, 8), 0.5), "holds more than {0, 1}"),
        "parsing": (torch.zeros(2, 8, 4, dtype=torch.int64), "has shape (2, 8, 4), not (B, R, R) int64 in 0..7"),
        "name": ([1, 2], "is no list of str"),
    }
    for key, (value, said) in faults.items():
        assert house_data.batches(told, {**good, key: value}) == [f"key {key}: {said}"]
    assert house_data.batches(told, {**good, "parsing": torch.zeros(2, 8, 8)}) == [
        "key parsing: is torch.float32, not int64"
    ]
    assert house_data.batches(told, {**good, "parsing": torch.zeros(2, 8, dtype=torch.int64)}) != []
    assert house_data.batches(told, {**good, "depth": 1}) == ["key depth is in the batch and not in the docstring"]
    assert house_data.batches(told.replace("[-1, 1]", "[-2 pi, 1]"), good) == []
    assert house_data.batches(told.replace("[-1, 1]", "[1, 2 pi)"), good) == ["key person: leaves [1, 2 pi)"]
    del good["name"]
    assert house_data.batches(told, good) == ["key name is in the docstring and not in the batch"]


class Forgetful:
    """Starts from its first batch whatever it is given."""

    def train_dataloader(self) -> list[dict[str, Any]]:
        return [{"index": torch.tensor([i]), "name": [str(i)]} for i in range(3)]

    def state_dict(self) -> dict[str, int]:
        return {"batches": 1}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Forgets it."""


def test_data_that_start_over_are_named() -> None:
    assert house_data.resumes(Forgetful(), Forgetful()) == [
        "key index is another after a resume",
        "key name is another after a resume",
    ]


CURVES = "\nfigures:\n  - {id: s, kind: curves, where: F, title: t, stage: texture, losses: [L_none], rows: [full]}\n"


def test_a_table_s_faults_are_named(tmp_path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, table = House(copy), small_table(tmp_path)
    assert house_tables.runs(house, table) == []
    assert house_tables.data(table) == []
    assert house_tables.claims(table) == ["column fid prints values and has no margin"]
    assert any("has no 'factor'" in fault for fault in house_tables.fair(table))
    assert house_tables.declared(table) == []
    assert house_tables.documented(house, table.id) == ["no page of docs/ has `make ablate TABLE=small`"]
    silent = small_table(tmp_path, re.sub(r"claims:\n.*\n", "", TEXT))
    assert house_tables.claims(silent)[0] == "prints measured values and claims nothing"
    assert house_tables.figures(small_table(tmp_path, TEXT + CURVES)) == ["s: full has no loss 'L_none'"]
    assert house_tables.figures(small_table(tmp_path, TEXT + CURVES.replace("L_none", "L_KL"))) == []
    monkeypatch.setattr(house_tables, "by_name", dict)
    assert house_tables.data(table) == ["datamodules.DeepFashion: no layout declares deepfashion"]


def test_a_row_that_no_scale_can_make_is_named(tmp_path: Path, plant: Callable[[str, str, str], House]) -> None:
    wrong = small_table(tmp_path, TEXT.replace("texture.model.attention: false", "texture.model.attentoin: false"))
    faults = house_tables.runs(House(), wrong)
    assert len(faults) == 4
    assert all("did you mean 'attention'?" in fault for fault in faults)
    house = plant(f"{FAMILY}/completion.py", "def test_step(", "def test_step_(")
    assert "full: WeNTexture has no test_step" in house_tables.runs(house, small_table(tmp_path))
