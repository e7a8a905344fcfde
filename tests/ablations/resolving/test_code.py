"""Which modules a class uses, and when their digests change."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablations.resolving import code
from ablations.resolving.code import code_digests, used_modules
from common.errors import TableError

FILES = {
    "lightning_modules/__init__.py": "",
    "lightning_modules/base.py": "X = 1\n",
    "lightning_modules/layers/__init__.py": "from lightning_modules.layers.norm import Norm\n"
    "from lightning_modules.layers.unused import Unused\n",
    "lightning_modules/layers/norm.py": "import torch\n\nclass Norm: ...\n",
    "lightning_modules/layers/unused.py": "class Unused: ...\n",
    "lightning_modules/family/__init__.py": "from lightning_modules.family.one import One\n"
    "from lightning_modules.family.two import Two\n",
    "lightning_modules/family/one.py": '"""One."""\nfrom lightning_modules.layers import Norm\n\n'
    'DEVIATIONS = (("a", "b", "c", "d"),)\n\nclass One:\n    """Words."""\n\n    machine_arguments = ("a",)\n\n'
    "    def f(self):\n"
    "        # why\n        from lightning_modules.base import X\n        return X\n",
    "lightning_modules/family/two.py": "import lightning_modules.base\n\nclass Two: ...\n",
    "datamodules/__init__.py": "def __getattr__(name):\n    from datamodules.set import Set\n    return Set\n",
    "datamodules/set.py": "class Set: ...\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(code, "_ROOT", tmp_path)
    for name, text in FILES.items():
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    for function in (code.syntax_tree, code._digest, code._imports_of):
        function.cache_clear()


def test_a_class_uses_what_it_imports_and_nothing_beside() -> None:
    assert list(used_modules(["lightning_modules.family.One"])) == [
        "lightning_modules.base",
        "lightning_modules.family.one",
        "lightning_modules.layers.norm",
    ]
    assert list(used_modules(["lightning_modules.family.two.Two"])) == [
        "lightning_modules.base",
        "lightning_modules.family.two",
    ]
    assert list(used_modules(["datamodules.Set"])) == ["datamodules.set"]
    assert used_modules(["torch.nn.Linear"]) == {}


def test_a_package_taken_as_a_whole_brings_all_that_it_hands_on(project: Path) -> None:
    write(project, "lightning_modules/family/two.py", "from lightning_modules import layers\n\nclass Two: ...\n")
    assert list(used_modules(["lightning_modules.family.Two"])) == [
        "lightning_modules.family.two",
        "lightning_modules.layers.norm",
        "lightning_modules.layers.unused",
    ]


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [("# why", "# for no reason", False), ('"""Words."""', '"""Other words."""', False),
     ('("a", "b", "c", "d")', '("e", "f", "g", "h")', False), ("return X", "return (X)", False),
     ('("a",)', '("a", "b")', False), ('machine_arguments = ("a",)', "", False),
     ('machine_arguments = ("a",)', 'offered_applications = "a.B"', False),
     ('machine_arguments = ("a",)', 'training_panels = ("a",)', False),
     ('machine_arguments = ("a",)', 'folder_arguments = ("a",)', False),
     ('machine_arguments = ("a",)', 'machine_settings = ("a",)', False),
     ('machine_arguments = ("a",)', 'protocol_fields = ("a",)', True),
     ("return X", "return X + 1", True), ("class One:", "class One(object):", True)],
)  # fmt: skip
def test_a_digest_is_of_what_the_code_does(before: str, after: str, differs: bool, project: Path) -> None:
    digests = code_digests(["lightning_modules.family.One"])
    text = FILES["lightning_modules/family/one.py"]
    assert before in text
    write(project, "lightning_modules/family/one.py", text.replace(before, after))
    again = code_digests(["lightning_modules.family.One"])
    assert (digests != again) == differs
    assert digests["lightning_modules.base"] == again["lightning_modules.base"]


def test_a_change_below_is_seen_above_and_one_beside_is_not(project: Path) -> None:
    digests = code_digests(["lightning_modules.family.One"])
    write(project, "lightning_modules/layers/unused.py", "class Unused:\n    x = 2\n")
    assert code_digests(["lightning_modules.family.One"]) == digests
    write(project, "lightning_modules/layers/norm.py", "class Norm:\n    x = 2\n")
    assert code_digests(["lightning_modules.family.One"]) != digests


def test_source_that_is_no_python_is_named(project: Path) -> None:
    write(project, "lightning_modules/layers/norm.py", "class Norm(:\n")
    with pytest.raises(TableError, match=r"norm\.py: cannot be read as Python"):
        code_digests(["lightning_modules.family.One"])


def test_what_costs_are_counted_on_is_in_no_digest(project: Path) -> None:
    before = code_digests(["lightning_modules.family.One"])
    text = FILES["lightning_modules/family/one.py"]
    more = "\n    def example_inputs(self, size, device):\n        return {'net': (size,)}\n"
    write(project, "lightning_modules/family/one.py", text + more)
    assert code_digests(["lightning_modules.family.One"]) == before
    write(project, "lightning_modules/family/one.py", text + more.replace("example_inputs", "sample_inputs"))
    assert code_digests(["lightning_modules.family.One"]) != before


def test_a_layout_s_data_set_changes_no_digest_and_its_module_is_not_used(project: Path) -> None:
    layout = "from datamodules.data_set import DataSet\n\ndef read(): ...\n\nDATA_SET = DataSet(title='a')\n"
    write(project, "datamodules/data_set.py", "class DataSet: ...\n")
    write(project, "datamodules/layouts/__init__.py", "")
    write(project, "datamodules/layouts/set.py", layout)
    write(project, "datamodules/set.py", "from datamodules.layouts.set import read\n\nclass Set: ...\n")
    before = code_digests(["datamodules.Set"])
    assert list(before) == ["datamodules.layouts.set", "datamodules.set"]
    write(project, "datamodules/layouts/set.py", layout.replace("'a'", "'b'"))
    assert code_digests(["datamodules.Set"]) == before
    write(project, "datamodules/layouts/set.py", layout.replace("read()", "read(x)"))
    assert code_digests(["datamodules.Set"]) != before


def test_a_class_that_its_package_finds_by_file_is_in_that_file(project: Path) -> None:
    write(project, "datamodules/another.py", "class Another: ...\n")
    assert list(used_modules(["datamodules.Another"])) == ["datamodules.another"]
    assert "datamodules.__init__" in used_modules(["datamodules.Nothing"])
