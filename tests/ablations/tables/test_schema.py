"""The table file: what is read from it, and the one line that each mistake gets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.small_table import TEXT, small_table, write_table

from ablations.tables.schema import ABLATIONS, find_table, load_table, table_files
from ablations.tables.source import plain_scalar
from ablations.tables.table import Claim
from common.errors import TableError


def test_table_4_1_holds_what_the_paper_prints() -> None:
    table = find_table("4-1")
    printed_rows = [row for row in table.rows if row.version != "controlled"]
    assert [row.label for row in printed_rows] == [
        "weN", "FiNet", "BicycleGAN", "weN w/o two-stage", "weN w/o GAN", "weN w/o Attention", "weN w/o SpecNorm",
    ]  # fmt: skip
    printed = [[row.paper[column.id].text for column in table.columns] for row in printed_rows]
    assert printed == [
        ["23.07", "3.0506", "0.9601", "0.9631", "1.5893"],
        ["34.68", "96.0798", "40.9167", "40.9219", "/"],
        ["28.02", "54.7950", "2.5900", "/", "3.4590"],
        ["24.28", "3.0301", "0.9601", "0.9631", "1.5893"],
        ["35.90", "3.0268", "0.9601", "0.9631", "/"],
        ["27.32", "2.5672", "0.9601", "0.9631", "1.1060"],
        ["29.78", "3.0208", "0.9402", "0.9521", "1.5782"],
    ]
    (misprint,) = table.row("wo-specnorm").misprints
    assert (misprint.column, misprint.printed, misprint.computed) == ("params_E", 940_200, 949_184)


def test_rows_as_printed_change_what_the_counts_say() -> None:
    table = find_table("4-1")
    changes = {row.id: {s.key: s.value for s in row.settings} for row in table.rows}
    assert changes["wo-two-stage"] == {"two_stage": False, "output_scales": 1}
    assert changes["wo-gan"] == {"adversarial": False, "prior_appearance": False, "output_scales": 1}
    assert changes["wo-attention"] == {"attention": False}
    assert table.row("wo-two-stage").drop == ("shape",)
    for confounded in ("wo-two-stage", "wo-gan", "wo-specnorm"):
        assert "confounded" in table.row(confounded).note


def test_confounded_rows_have_a_version_that_changes_their_factor_alone() -> None:
    table = find_table("4-1")
    ids = [row.id for row in table.rows]
    for printed in ("wo-two-stage", "wo-gan", "wo-specnorm"):
        row, twin = table.row(printed), table.row(f"{printed}-controlled")
        assert ids[ids.index(printed) + 1] == twin.id
        assert (row.version, row.twin, twin.version, twin.twin) == ("as_printed", twin.id, "controlled", row.id)
        assert (twin.label, twin.paper, twin.base) == (f"{row.label}, controlled", {}, "wen")
        keys = {f"{s.stage}.{s.section}.{s.key}" for s in twin.settings} | {*twin.drop}
        assert keys == set(twin.factor) == set(row.factor)
    assert table.row("wo-specnorm-controlled").settings[0].value == "off"
    assert table.row("wo-attention").version == table.row("wo-attention").twin == ""


def test_a_claim_on_a_row_with_two_versions_is_stated_for_both() -> None:
    claims = [(c.expect, c.version) for c in find_table("4-1").claims if "gan." in c.expect or "gan-" in c.expect]
    assert claims == [
        ("wen.fid < bicyclegan.fid", ""),
        ("wen.params_G < bicyclegan.params_G", ""),
        ("wen.fid < wo-gan.fid", "as_printed"),
        ("wen.fid < wo-gan-controlled.fid", "controlled"),
    ]
    controlled = next(claim for claim in find_table("4-1").claims if claim.version == "controlled")
    assert controlled.right is not None
    assert (controlled.left.row, controlled.right.row) == ("wen", "wo-two-stage-controlled")


TWIN = """\
    factor: [texture.model.attention]
    controlled: {set: {texture.model.attention: false}, label: plain alone, parameters_differ: no attention}
"""
PLAIN = "    set: {texture.model.attention: false}\n"


def claims_of(folder: Path, expect: str) -> list[Claim]:
    text = TEXT.replace(PLAIN, PLAIN + TWIN).replace("full.fid < plain.fid", expect)
    return list(small_table(folder, text).claims)


@pytest.mark.parametrize(
    ("expect", "stated"),
    [("full.fid < plain.fid", [("full.fid < plain.fid", "as_printed"),
                               ("full.fid < plain-controlled.fid", "controlled")]),
     ("plain.fid > full.fid", [("plain.fid > full.fid", "as_printed"),
                               ("plain-controlled.fid > full.fid", "controlled")]),
     ("full.fid < plain-controlled.fid", [("full.fid < plain-controlled.fid", "controlled")]),
     ("plain-controlled.fid < plain.fid", [("plain-controlled.fid < plain.fid", "")]),
     ("full.fid < direct.fid", [("full.fid < direct.fid", "")]),
     ("plain.fid = paper +- 1.5", [("plain.fid = paper +- 1.5", "as_printed"),
                                  ("plain-controlled.fid = paper +- 1.5", "controlled")])],
)  # fmt: skip
def test_versions_of_claims(expect: str, stated: list[tuple[str, str]], tmp_path: Path) -> None:
    assert [(claim.expect, claim.version) for claim in claims_of(tmp_path, expect)] == stated


@pytest.mark.parametrize(
    ("expect", "value", "margin"),
    [("full.fid = 23.07 +- 1.5", 23.07, 1.5), ("full.fid = paper +- 1e-1", 23.07, 0.1), ("full.fid=24±2", 24, 2),
     ("full.params_G = 3050562 +- 0", 3_050_562, 0), ("plain-controlled.fid = paper +- 1", 27.32, 1)],
)  # fmt: skip
def test_a_claim_on_a_value_has_a_margin(expect: str, value: float, margin: float, tmp_path: Path) -> None:
    (claim,) = claims_of(tmp_path, expect)
    assert (claim.operator, claim.right, claim.value, claim.margin) == ("=", None, value, margin)


def test_figures_and_margins_are_read() -> None:
    table = find_table("4-1")
    stability, diversity = table.figures
    assert (stability.kind, stability.where, stability.stage) == ("curves", "Figure 4-3", "texture")
    assert stability.losses == ("L_adv_I", "L_adv_norm", "L_D")
    assert stability.rows == ("wen", "wo-specnorm", "wo-specnorm-controlled")
    assert (diversity.kind, diversity.where, diversity.losses) == ("panels", "Figure 4-2", ())
    assert (diversity.panels, diversity.stage, diversity.lines) == (("diversity",), "", 0)
    assert find_table("3.4").figures[0].lines == 1
    assert table.column("fid").margin == 1.0
    assert table.column("params_G").margin is None


def test_a_row_may_print_nothing(tmp_path: Path) -> None:
    table = small_table(tmp_path, TEXT.replace("    paper: {fid: 24.28}\n", ""))
    assert table.row("direct").paper == {}


def test_values_are_numbers_in_units(tmp_path: Path) -> None:
    table = small_table(tmp_path)
    assert table.row("full").paper["params_G"].value == 3_050_600
    assert table.row("plain").paper["params_G"].value is None  # '/': no such network
    assert "params_G" not in table.row("direct").paper  # nothing printed
    assert table.base == table.row("plain").base == "full"
    assert (table.stage("test").of, table.stage("test").needs) == ("texture", {"shape_checkpoint": "shape"})
    claim = table.claims[0]
    assert claim.right is not None
    assert (claim.left.row, claim.operator, claim.right.row, claim.left.column) == ("full", "<", "plain", "fid")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-4", 1e-4), ("3.0506e6", 3.0506e6), ("false", False), ("off", "off"), ("on", "on"), ("12", 12), ("1.", 1.0),
     ("null", None), ("", None), ("4-1", "4-1"), ("-3", -3), (".5", 0.5), ("e5", "e5"), ("1_000", 1000)],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    read = plain_scalar(text)
    assert read == value
    assert type(read) is type(value)


MISTAKES = [
    ("    label: w/o Attention", "    lable: w/o Attention", 16, "unknown key 'lable', did you mean 'label'?"),
    ("title: A small table\n", "", 1, "key 'title' is missing"),
    ("id: small", "id: small\nid: big", 2, "key 'id' is given twice"),
    ("  - id: direct", "  - id: full", 19, "'full' is given twice"),
    ("{fid: 27.32,", "{fdi: 27.32,", 17, "unknown key 'fdi', did you mean 'fid'?"),
    ("{fid: 27.32,", "{fid: good,", 17, "must be a number, not 'good'"),
    ("better: lower", "better: less", 5, "'less' is not known"),
    ("unit: M", "unit: K", 6, "'K' is not known"),
    ("parameters: generator, ", "", 6, "a column needs exactly one of 'metric', 'parameters', 'cost' and 'time'"),
    ("fit: texture.yaml", "fit: textur.yaml", 9, "did you mean 'texture.yaml'?"),
    ("{test: texture,", "{test: textures,", 10, "did you mean 'texture'?"),
    ("{shape_checkpoint: shape}", "{shape_checkpoint: shpae}", 10, "did you mean 'shape'?"),
    ("texture.model.attention", "textur.model.attention", 18, "there is no stage 'textur', did you mean 'texture'?"),
    ("texture.model.attention", "texture.modle.attention", 18, "did you mean 'model'?"),
    ("drop: [shape]", "drop: [texture]", 23, "'texture' is not known"),  # its test could not run
    ("drop: [shape]", "drop: shape", 23, "must be a list, not a single value"),
    ("full.fid < plain.fid", "full.fid < plane.fid", 25, "there is no row 'plane', did you mean 'plain'?"),
    ("full.fid < plain.fid", "full.fid < plain.fdi", 25, "there is no column 'fdi', did you mean 'fid'?"),
    ("full.fid < plain.fid", "full.fid better plain.fid", 25, "must read"),
    ("full.fid < plain.fid", "full.fid < plain.params_G", 25, "compares a measured value with an exact quantity"),
    ("set: {texture.model.two_stage", "set: {shape.model.width", 22, "this row drops stage 'shape'"),
    (
        "set: {texture.model.two_stage",
        "factor: [texture.model.two_stge, shpe]\n    set: {texture.model.two_stage",
        22,
        "'shpe' is not known, did you mean 'shape'?",
    ),
    (
        "set: {texture.model.two_stage",
        "factor: [textur.model.two_stage]\n    set: {texture.model.two_stage",
        22,
        "there is no stage 'textur', did you mean 'texture'?",
    ),
    ("set: {texture.model.two_stage", "factor: []\n    set: {texture.model.two_stage", 22, "factor: must not be empty"),
    ("    drop: [shape]", "    controlled: {drop: [shape]}", 23, "needs 'factor' in the row"),
    ("    drop: [shape]", "    factor: [shape]\n    controlled: {seet: {}}", 24, "'seet', did you mean 'set'?"),
    ("    drop: [shape]", "    base: direct", 23, "is the row itself; name another row"),
    (
        "    label: full\n",
        "    label: full\n    base: plain\n",
        14,
        "'full' is the first row and has no base; remove this key",
    ),
    (
        "    drop: [shape]",
        "    base: odd\n  - id: odd\n    label: odd\n    base: direct",
        23,
        "is circular (direct -> odd -> direct); bases must lead to 'full', the first row",
    ),
    ("3.0506e6", "3050600", 14, "column 'params_G' is printed in M: write the digits with e6, e.g. 3.0506e6"),
    ("3.0506e6", "30.506e5", 14, "column 'params_G' is printed in M"),
    ("id: plain", "id: not plain", 15, "may contain only letters, digits, _ and -"),
    (
        "set: {texture.model.attention: false}",
        "set: {test.checkpoint.select: best}",
        18,
        "set texture.checkpoint.select",
    ),
    ("set: {texture.model.attention: false}", "set: {texture.checkpoint.every: 5}", 18, "a row cannot set 'every'"),
    ("set: {texture.model.attention: false}", "set: {texture.checkpoint.selct: best}", 18, "did you mean 'select'?"),
    ("stand_in: fd_effnetlite0}", "margin: 0}", 5, "margin: must be greater than 0, not 0"),
    ("parameters: generator, ", "parameters: generator, margin: 1, ", 6, "only a metric has a margin"),
    ("full.fid < plain.fid", "full.fid = 23.07", 25, "must read"),
    ("full.fid < plain.fid", "full.fid = papr +- 1", 25, "'papr' is not a number, did you mean 'paper'?"),
    ("full.fid < plain.fid", "full.fid = 23.07 +- 0", 25, "the margin must be greater than 0"),
    ("full.fid < plain.fid", "plain.params_G = paper +- 1", 25, "the paper prints no number in plain.params_G"),
    ("  test: {test: texture, needs: {shape_checkpoint: shape}}\n", "", 8, "there is no test stage"),
    ("id: small", "id: smal", 1, "'smal' does not match the file name"),
    ("columns:", "columns: [", 5, "not valid YAML"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "message"), MISTAKES)
def test_a_mistake_is_one_line_with_file_line_and_mend(
    right: str, wrong: str, line: int, message: str, tmp_path: Path
) -> None:
    assert right in TEXT
    path = write_table(tmp_path, TEXT.replace(right, wrong, 1))
    with pytest.raises(TableError) as caught:
        load_table(path)
    said = str(caught.value)
    assert said.startswith(f"{path}:{line}: ")
    assert message in said
    assert "\n" not in said


FIGURES = """\
figures:
  - {id: losses, kind: curves, where: Figure 1, title: Losses, stage: shape, losses: [L], rows: [full, plain]}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [("kind: curves", "kind: curvs", "'curvs' is not known, did you mean 'curves'?"),
     ("where: Figure 1, ", "", "key 'where' is missing"), ("losses: [L], ", "", "key 'losses' is missing"),
     ("stage: shape", "stage: shap", "did you mean 'shape'?"), ("stage: shape", "stage: test", "'test' is not known"),
     ("[full, plain]", "[full, plane]", "did you mean 'plain'?"), ("[full, plain]", "[]", "must not be empty"),
     ("[full, plain]", "[full, full]", "'full' is given twice"),
     ("[full, plain]", "[full, direct]", "row 'direct' drops stage 'shape'"),
     ("rows: [full, plain]", "panel: x", "needs either 'kind: curves' or 'panel'"),
     ("kind: curves, ", "", "needs either 'kind: curves' or 'panel'"),
     ("kind: curves", "panel: x", "losses: is allowed for kind: curves only"),
     ("rows: [full, plain]", "lines: 2, rows: [full, plain]", "lines: is allowed for panels only"),
     (", rows: [full, plain]", "", "key 'rows' is missing"),
     ("kind: curves, where: Figure 1, title: Losses, stage: shape, losses: [L]",
      "panel: [], where: Figure 1, title: Losses", "must not be empty"),
     ("kind: curves, where: Figure 1, title: Losses, stage: shape, losses: [L]",
      "panel: x, lines: 0, where: Figure 1, title: Losses", "must be a positive integer")],
)  # fmt: skip
def test_a_wrong_figure_is_one_line(right: str, wrong: str, message: str, tmp_path: Path) -> None:
    assert small_table(tmp_path, TEXT + FIGURES).figures[0].losses == ("L",)
    path = write_table(tmp_path, TEXT + FIGURES.replace(right, wrong, 1))
    with pytest.raises(TableError, match=rf"^{path}:27: figures\[0\].*{re.escape(message)}"):
        load_table(path)


def test_panels_are_of_all_rows_that_have_the_stage(tmp_path: Path) -> None:
    figures = """\
figures:
  - {id: a, panel: x, where: Figure 1, title: A}
  - {id: b, panel: [x, y], stage: shape, lines: 2, where: Figure 2, title: B}
  - {id: c, panel: x, rows: [plain], where: Figure 3, title: C}
"""
    first, second, third = small_table(tmp_path, TEXT + figures).figures
    assert (first.kind, first.panels, first.lines, first.rows) == ("panels", ("x",), 0, ("full", "plain", "direct"))
    assert (second.panels, second.lines, second.rows) == (("x", "y"), 2, ("full", "plain"))
    assert (third.rows, third.losses) == (("plain",), ())


def test_the_id_of_a_controlled_version_cannot_be_another_row_s(tmp_path: Path) -> None:
    text = TEXT.replace(PLAIN, PLAIN + TWIN).replace("id: direct", "id: plain-controlled")
    with pytest.raises(TableError, match=r":21: .*'plain-controlled' is the id of another row's controlled version"):
        small_table(tmp_path, text)


def test_an_unknown_table_lists_the_known_ones() -> None:
    with pytest.raises(TableError, match=r"there is no table '9-9'; tables: .*4-1"):
        find_table("9-9")


def test_two_families_with_the_same_table_are_told_apart_by_nobody(tmp_path: Path) -> None:
    for family in ("one", "two"):
        (tmp_path / family).mkdir()
        (tmp_path / family / "table_4-1.yaml").touch()
    with pytest.raises(TableError, match=r"two/table_4-1.yaml: .*one/table_4-1.yaml also has the id '4-1'"):
        table_files(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"), [("", "is empty"), (b"\xff\xfe\x00", "is not UTF-8"), (None, "cannot be read")]
)
def test_a_file_that_is_no_table(content: str | bytes | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "table_x.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TableError, match=message):
        load_table(path)


def test_every_table_that_ships_is_valid() -> None:
    assert "4-1" in table_files()
    for path in table_files().values():
        table = load_table(path)
        assert table.path.name == f"table_{table.id}.yaml"
        assert path.parent.parent == ABLATIONS


def test_a_printed_value_keeps_its_exponent_where_the_column_has_no_unit(tmp_path: Path) -> None:
    paper = small_table(tmp_path, TEXT.replace("fid: 23.07", "fid: 2.3e-3")).row("full").paper
    assert (paper["fid"].text, paper["fid"].value) == ("2.3e-3", 0.0023)
    assert paper["params_G"].text == "3.0506"
