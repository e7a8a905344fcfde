"""The notebook: run as a reader would, at the smallest scale; nothing of a run is kept in it."""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ablations.tables.schema import find_table

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "ring_demo.ipynb"


def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_kept_without_outputs() -> None:
    nbformat.validate(notebook())
    code = [cell for cell in notebook().cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_shows_the_plan_the_verdicts_and_the_figure(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    book = notebook()
    cells = {cell.id: cell for cell in book.cells}
    assert cells["settings"].source == 'SCALE = "toy"\nSEEDS = 1'
    cells["settings"].source = 'SCALE = "ci"\nSEEDS = 1'
    client = NotebookClient(book, timeout=800, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})

    assert "8 missing" in _printed(cells["plan"])
    assert cells["run"].outputs[-1].data["text/plain"] == "0"
    assert "FMGAN, LeakyReLU" in _printed(cells["run"])
    verdicts = cells["verdicts"].outputs[0].data["text/html"]
    assert all(f"<td>undecided</td><td>{claim.text}</td>" in verdicts for claim in find_table("fig3.5").claims)
    image = cells["figure"].outputs[0].data["image/png"]
    assert b64decode(image) == (tmp_path / "reports/fig3.5-ci/figures/figure_ring_0.png").read_bytes()
    assert [*folder.iterdir()] == []


def _printed(cell: nbformat.NotebookNode) -> str:
    """What a cell prints: rich shows in a notebook what it prints elsewhere."""
    shown = [output.get("data", {}).get("text/plain", output.get("text", "")) for output in cell.outputs]
    return " ".join("".join(shown).split())
