"""What every model, data set and table must have, for all there are: the steps of docs/add-a-*.md, one test each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support import house_data, house_models, house_tables
from support.house import House, Model

from ablations.tables.schema import find_table

HOUSE = House()
NETWORKS = [(family, path) for family in HOUSE.families() for path in HOUSE.networks(family)]
Batch = dict[str, Any]

networks = pytest.mark.parametrize("path", [pytest.param(p, id=f"{family}-{p.stem}") for family, p in NETWORKS])
models = pytest.mark.parametrize("model", HOUSE.models(), ids=lambda model: f"{model.family}-{model.name}")
data_sets = pytest.mark.parametrize("name", HOUSE.data_sets())
sets_of_files = pytest.mark.parametrize("name", [name for name in HOUSE.data_sets() if HOUSE.reads_files(name)])
tables = pytest.mark.parametrize("table", HOUSE.tables())


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The stand-in of a data set, drawn when first asked for."""
    folder = tmp_path_factory.mktemp("drawn")
    return cache(lambda name: house_data.draw(name, folder / name, 64))


@pytest.fixture(scope="module")
def batch_of(drawn: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Batch]:
    """A batch of a data set: of its training part where it has one."""
    folder = tmp_path_factory.mktemp("cache")

    def load(name: str) -> Batch:
        root = drawn(name) if HOUSE.reads_files(name) else folder
        return next(iter(house_data.loader(house_data.load(HOUSE, name, root, folder / name))))

    return cache(load)


def test_there_is_something_of_each_kind() -> None:
    assert {"BicycleGAN", "FiNetShape", "FiNetTexture", "WeNShape", "WeNTexture"} <= {m.name for m in HOUSE.models()}
    assert "deepfashion" in HOUSE.data_sets()
    assert {"4-1", "4-1-sweep"} <= set(HOUSE.tables())


# Networks and models


@networks
def test_networks_are_plain_and_tested(path: Path) -> None:
    assert house_models.networks(HOUSE, path) == []


@models
def test_model_keeps_the_contract(model: Model) -> None:
    assert house_models.contract(HOUSE, model) == []


@models
def test_model_is_exported(model: Model) -> None:
    assert house_models.exported(HOUSE, model) == []


@models
def test_model_builds_on_meta(model: Model) -> None:
    assert house_models.built(house_models.the_class(model)) == []


@models
def test_model_has_sizes(model: Model) -> None:
    assert house_models.sizes(HOUSE, model) == []


@models
def test_model_has_a_base_file(model: Model) -> None:
    assert house_models.base_file(HOUSE, model) == []


@models
def test_model_takes_a_step(model: Model, batch_of: Callable[[str], Batch]) -> None:
    size, data = house_models.size_at(HOUSE, model, "ci"), house_models.data_set(HOUSE, model)
    assert house_models.steps(house_models.the_class(model), size, batch_of(data)) == []


@models
def test_model_is_tested(model: Model) -> None:
    assert house_models.tested(HOUSE, model) == []


@models
def test_model_is_documented(model: Model) -> None:
    assert house_models.documented(HOUSE, model) == []


# Data sets


@sets_of_files
def test_data_set_has_a_layout(name: str) -> None:
    assert house_data.layout(HOUSE, name) == []


@sets_of_files
def test_data_set_is_drawn(name: str, tmp_path: Path) -> None:
    assert house_data.drawn(HOUSE, name, tmp_path) == []


@sets_of_files
def test_data_set_is_offered(name: str, tmp_path: Path) -> None:
    assert house_data.offered(name, tmp_path) == []


@data_sets
def test_data_set_has_a_module(name: str) -> None:
    assert house_data.module(HOUSE, name) == []


@data_sets
def test_data_set_gives_the_batch_of_its_docstring(name: str, batch_of: Callable[[str], Batch]) -> None:
    source = HOUSE.data_module(name)
    assert source is not None
    assert house_data.batches(source.docstring, batch_of(name)) == []


@data_sets
def test_data_set_resumes(name: str, drawn: Callable[[str], Path], tmp_path: Path) -> None:
    root = drawn(name) if HOUSE.reads_files(name) else tmp_path
    first, second = (house_data.load(HOUSE, name, root, tmp_path) for _ in range(2))
    assert house_data.resumes(first, second) == []


@data_sets
def test_data_set_is_tested(name: str) -> None:
    assert house_data.tested(HOUSE, name) == []


@data_sets
def test_data_set_is_documented(name: str) -> None:
    assert house_data.documented(HOUSE, name) == []


# Tables


@tables
def test_table_loads(table: str) -> None:
    assert find_table(table).id == table


@tables
def test_table_has_runs(table: str) -> None:
    assert house_tables.runs(HOUSE, find_table(table)) == []


@tables
def test_table_has_its_data(table: str) -> None:
    assert house_tables.data(find_table(table)) == []


@tables
def test_table_is_fair(table: str) -> None:
    assert house_tables.fair(find_table(table)) == []


@tables
def test_table_states_claims(table: str) -> None:
    assert house_tables.claims(find_table(table)) == []


@tables
def test_table_can_draw_its_figures(table: str) -> None:
    assert house_tables.figures(find_table(table)) == []


@tables
def test_table_declares_deviations(table: str) -> None:
    assert house_tables.declared(find_table(table)) == []


@tables
def test_table_is_documented(table: str) -> None:
    assert house_tables.documented(HOUSE, table) == []
