"""Options made of an application's dataclass: types, defaults, help, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from jsonargparse.typing import PositiveInt

from ablations.apply_options import option_parser, read_options
from common.errors import TableError
from lightning_modules.conditional_gan.applications import APPLICATIONS as CONDITIONAL
from lightning_modules.evaluation.application import Application, ApplicationContext, Outcome
from lightning_modules.fashion_completion.applications import APPLICATIONS as COMPLETION


class Context(ApplicationContext):
    checkpoints: ClassVar[Mapping[str, str]] = {"teacher": "teacher_checkpoint"}


@dataclass(frozen=True)
class Toy(Application):
    """A use of everything.

    Args:
        steps: how many of
            them, 100 % at most.
        size: (H, W).
    """

    name: ClassVar[str] = "toy"
    context: ClassVar[type[ApplicationContext]] = Context

    steps: PositiveInt = 3
    share: float = 0.5
    title: str = "none"
    mirrored: bool = False
    place: Literal["left", "right"] = "left"
    size: tuple[int, int] = (64, 48)
    image: Path | None = None
    label: int | str | None = None

    def __call__(self, context: Any) -> Outcome:
        raise NotImplementedError


def refused(*words: str) -> str:
    with pytest.raises(TableError) as refusal:
        read_options(Toy, words)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_without_words_fields_have_their_defaults() -> None:
    found = read_options(Toy, [])
    assert Toy(**found.fields) == Toy() and found.checkpoints == {}


def test_every_type_is_read() -> None:
    words = "--steps 7 --share 0.25 --title a --mirrored true --place right --size [32,16] --image a.png --label 2"
    found = read_options(Toy, [*words.split(), "--teacher=t.ckpt"])
    assert Toy(**found.fields) == Toy(7, 0.25, "a", True, "right", (32, 16), Path("a.png"), 2)
    assert found.checkpoints == {"teacher": Path("t.ckpt")}
    assert read_options(Toy, ["--label", "Zac Efron"]).fields["label"] == "Zac Efron"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--steps", "0"], "toy: steps: Not of type PositiveInt"),
        (["--steps", "x"], "toy: steps: Not of type PositiveInt"),
        (["--share", "much"], "toy: share:"),
        (["--place", "middle"], "toy: place: Expected a typing.Literal['left', 'right']. Got value: middle"),
        (["--size", "3"], "toy: size:"),
        (["--size", "[1,2,3]"], "toy: size:"),
        (["--steps"], "toy: argument --steps: expected one argument"),
        (["--step", "3"], "--step is not an option of toy, did you mean '--steps'?"),
        (["--teachers=3"], "--teachers is not an option of toy, did you mean '--teacher'?"),
        (["3"], "toy: unrecognized arguments: 3"),
    ],
)
def test_what_is_no_option_or_no_value_is_one_line(words: list[str], said: str) -> None:
    assert said in refused(*words)


def test_help_has_type_default_and_the_docstring_s_words() -> None:
    text = " ".join(option_parser(Toy).format_help().split())
    assert "--steps STEPS how many of them, 100 % at most. (type: PositiveInt, default: 3)" in text
    assert "(H, W). (type: tuple[int, int], default: (64, 48))" in text
    assert "--teacher TEACHER checkpoint; null for teacher_checkpoint of the row's test" in text


def test_a_name_of_the_command_is_no_field() -> None:
    @dataclass(frozen=True)
    class Taken(Toy):
        out: str = ""

    with pytest.raises(TypeError, match=r"Taken\.out: the command has an option of that name"):
        option_parser(Taken)


@pytest.mark.parametrize("kind", [*CONDITIONAL, *COMPLETION], ids=lambda kind: kind.name)
def test_all_fields_have_a_type_that_is_checked_and_a_description(kind: type[Application]) -> None:
    parser = option_parser(kind)
    assert "Unvalidated" not in parser.format_help()
    assert [action.dest for action in parser._actions if not action.help] == []
