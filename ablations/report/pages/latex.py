"""report.tex: the table and its verdicts as a complete LaTeX document with reusable tabulars."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ablations.report.views.claims import ClaimGroup, claim_groups, value_groups
from ablations.report.views.sweeps import sweep_views
from ablations.report.views.table_view import CellView, Heading, RowView, TableView, first_line, table_view
from ablations.results.table_result import TableResult

_HEAD = r"""\documentclass[a4paper,10pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[landscape,margin=14mm]{geometry}
\usepackage{booktabs}
\setlength{\parindent}{0pt}
\setlength{\tabcolsep}{4pt}
\begin{document}
"""
_SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "[": "{[}",  # \\ interprets a following [ or *, also on the next line
    "]": "{]}",
    "*": "{*}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "±": r"\ensuremath{\pm}",
    "−": r"\ensuremath{-}",
    "×": r"\ensuremath{\times}",
    "↓": r"\ensuremath{\downarrow}",
    "↑": r"\ensuremath{\uparrow}",
    "→": r"\ensuremath{\rightarrow}",
    "†": r"\textdagger{}",
    "‡": r"\textdaggerdbl{}",
    "✓": r"\ensuremath{\surd}",
    "✗": r"\ensuremath{\times}",
    "○": r"\ensuremath{\circ}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "·": r"\textperiodcentered{}",
    "λ": r"\ensuremath{\lambda}",
    "µ": r"\ensuremath{\mu}",
    "μ": r"\ensuremath{\mu}",
    "’": "'",
    "“": "``",
    "”": "''",
    "\n": " ",
}


def render_latex(result: TableResult) -> str:
    """Render a complete document: the table with printed and measured values, verdicts, values and sweeps.

    It does not depend on the date, place or duration of the runs.
    """
    view = table_view(result)
    parts = [_HEAD, rf"\textbf{{Table {tex(result.table.id)}. {tex(result.table.title)}}}\par", "\n"]
    parts.append(rf"{tex(first_line(result))}\par\medskip" + "\n")
    parts.append(_main(view))
    parts += [rf"\par\smallskip{{\footnotesize {tex(note)}\par}}" + "\n" for note in _notes(view)]
    parts += _verdicts("The paper's claims", claim_groups(result))
    parts += _verdicts("Printed values, within the margin", value_groups(result))
    parts += _sweeps(result)
    return "".join([*parts, "\\end{document}\n"])


def tex(text: str) -> str:
    """Escape text for LaTeX. Characters missing in the fonts become plain letters, or their code point."""
    return "".join(_SIGNS.get(sign) or _plain(sign) for sign in text)


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isprintable() else ""
    if "À" <= sign <= "ÿ" and sign not in "×÷ÐÞðþ":  # accented letters in LaTeX's standard fonts
        return sign
    letters = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return "".join(_SIGNS.get(letter, letter) for letter in letters) or f"{{[}}U+{ord(sign):04X}{{]}}"


def _main(view: TableView) -> str:
    """Render the table, with at least two columns for each of the paper's."""
    spec = "l" + "".join("rr" if heading.kind == "exact" else "r" for heading in view.headings)
    top, rules, sub, at = [""], [], ["Model"], 2
    groups: dict[str, list[Heading]] = {}
    for heading in view.headings:
        groups.setdefault(heading.column.id, []).append(heading)
    for headings in groups.values():
        names = [name for heading in headings for name in _names(heading)]
        label = headings[0].column.label
        top.append(rf"\multicolumn{{{len(names)}}}{{c}}{{{tex(label)}}}")
        rules.append(rf"\cmidrule(lr){{{at}-{at + len(names) - 1}}}")
        sub += [tex(name) for name in names]
        at += len(names)
    lines = [_line([_row_label(row), *(text for cell in row.cells for text in _texts(cell))]) for row in view.rows]
    head = f"{_line(top)}{''.join(rules)}\n{_line(sub)}"
    return _tabular(spec, head, lines, r"\footnotesize")


def _names(heading: Heading) -> list[str]:
    return ["printed", "counted"] if heading.kind == "exact" else [heading.label]


def _row_label(row: RowView) -> str:
    indent = r"\quad " if row.version == "controlled" else ""
    return indent + tex(f"{row.label} ({row.state})" if row.state else row.label)


def _texts(cell: CellView) -> list[str]:
    if cell.kind == "exact":
        return [tex(cell.text), tex(f"{cell.counted} {cell.mark}".strip())]
    return [tex(f"{cell.text} {cell.mark}".strip())]


def _notes(view: TableView) -> list[str]:
    return [*view.notes, *(f"{row.label}: {row.state}: {row.reason}" for row in view.rows if row.reason)]


def _verdicts(title: str, groups: Sequence[ClaimGroup]) -> list[str]:
    if not groups:
        return []
    lines = []
    for group in groups:
        for claim in group.lines:
            for i, view in enumerate(claim.views):
                text = claim.text if i == 0 else ""
                paper = claim.paper if i == 0 else ""
                fields = [text, view.version, paper, group.heading, view.effect, view.interval, view.n, view.verdict]
                lines.append(_line([tex(field) for field in fields]))
    names = ["Claim", "Version", "Paper", "Measured as", "Effect", "Interval", "Seeds", "Verdict"]
    spec = r"p{62mm}lllrrll"
    return [_title(title), _tabular(spec, _line(names), lines, r"\small")]


def _sweeps(result: TableResult) -> list[str]:
    parts = []
    for sweep in sweep_views(result):
        lines = [_line([tex(text) for text in (*points, *values)]) for points, values in sweep.lines]
        axes = len(sweep.headings) - len(sweep.lines[0][1]) if sweep.lines else 0
        spec = "l" * axes + "r" * (len(sweep.headings) - axes)
        parts.append(_title(f"Sweep of {sweep.title}"))
        parts.append(_tabular(spec, _line([tex(name) for name in sweep.headings]), lines, r"\footnotesize"))
    return parts


def _title(text: str) -> str:
    return rf"\par\bigskip\textbf{{{tex(text)}}}\par\nopagebreak\medskip\nopagebreak" + "\n"


def _tabular(spec: str, head: str, lines: Sequence[str], size: str) -> str:
    rows = "".join(lines)
    return (
        f"{{{size}\n\\begin{{tabular}}{{{spec}}}\n\\toprule\n{head}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}}}\n"
    )


def _line(fields: Sequence[str]) -> str:
    return " & ".join(fields) + r" \\" + "\n"
