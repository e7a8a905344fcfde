"""The YAML of docs/ablations.md is read by the code that it explains."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from support.small_table import write_table

from ablations.resolving.files import load_base
from ablations.tables.schema import ABLATIONS, load_table
from ablations.tables.table import Table

PAGE = (Path(__file__).resolve().parents[2] / "docs/ablations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
FLOWERS = ABLATIONS / "conditional_gan/flowers.yaml"
WHOLE = next(block for block in BLOCKS if block.startswith("id: "))


def loaded(folder: Path, text: str) -> Table:
    path = write_table(folder, text.replace("id: 4-1\n", "id: small\n"))
    return load_table(path)


def test_the_table_is_one(tmp_path: Path) -> None:
    table = loaded(tmp_path, WHOLE)
    assert [row.id for row in table.rows] == ["wen", "wo-attention"]
    assert len(table.claims) == 1


@pytest.mark.parametrize("block", [block for block in BLOCKS if block != WHOLE])
def test_every_part_belongs_to_a_table_or_a_base_file(block: str, tmp_path: Path) -> None:
    if block.startswith("checkpoint:"):
        path = tmp_path / "texture.yaml"
        path.write_text((ABLATIONS / "fashion_completion/texture.yaml").read_text() + block)
        assert load_base(path)["checkpoint"]["select"] == "best"
    elif block.startswith("model:"):  # the data file that is shown is the one that is there
        assert yaml.safe_load(block) == yaml.safe_load(FLOWERS.read_text())
    elif block.startswith("data:"):
        write_table(tmp_path).with_name(FLOWERS.name).write_text(FLOWERS.read_text())
        assert loaded(tmp_path, WHOLE + block).data == FLOWERS.name
    elif block.startswith("  - id:"):
        table = loaded(tmp_path, WHOLE.replace("\nclaims:", f"{block}\nclaims:"))
        assert [row.id for row in table.rows][2:] == ["wo-gan", "wo-gan-controlled"]
    else:
        table = loaded(tmp_path, WHOLE + block)
        assert table.sweeps or table.figures


def test_points_are_named_as_the_page_says(tmp_path: Path) -> None:
    block = next(block for block in BLOCKS if "include:" in block)
    table = loaded(tmp_path, WHOLE + block)
    assert "kl_weight-2-appearance_weight-20" in PAGE
    assert len(table.sweeps[0].rows) == 9  # 9 - 1 + 1
    assert {"kl_weight-2-appearance_weight-20", "kl_weight-0.2-appearance_weight-20"} <= set(table.sweeps[0].rows)


def test_claims_that_are_shown_are_understood(tmp_path: Path) -> None:
    block = next(block for block in re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if "+-" in block)
    claims = "".join(
        f"  - {{text: t, expect: {line.replace('wo-gan', 'wo-attention')}}}\n" for line in block.splitlines()
    )
    table = loaded(tmp_path, WHOLE.rstrip("\n") + "\n" + claims)
    assert [claim.operator for claim in table.claims] == ["<", "<", "=", "="]
