"""Applications: uses of a trained model. What an application declares, what it is given, and what it returns."""

# No postponed annotations here: jsonargparse reads those of a subclass's bases with the names of the subclass's module.
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from PIL import Image
from torch import Tensor

from lightning_modules.metrics.suite import Metrics


@dataclass(frozen=True)
class Outcome:
    """The result of an application.

    Attributes:
        pictures: by name, (N, 3, R, R) in [-1, 1] on the CPU, the images that are shown.
        numbers: by name; None where one cannot be computed.
        reasons: the reason for each number that is None.
        caption: description of the sheet, in sentences for a reader.
        findings: the numbers in words, or the reason why there are none.
        sheet: the images with words, for a reader.
    """

    pictures: dict[str, Tensor]
    numbers: Metrics
    reasons: dict[str, str]
    caption: str
    findings: str
    sheet: Image.Image


class ApplicationContext:
    """A trained model and its data, as applications use them.

    A family whose applications need more subclasses it. An application names its context class, and so declares what it
    needs: `create` refuses a data module that cannot serve, and `checkpoints` are the trainings that it takes besides.

    Args:
        module: the model, in evaluation mode.
        data: its data module, after `setup("test")`.

    Attributes:
        checkpoints: options of the command that take the checkpoint of another training, each with the name by which a
            test needs it, which gives the default: {"recogniser": "evaluation.recogniser_checkpoint"}, or an argument
            of the model, {"shape": "shape_checkpoint"}.
    """

    checkpoints: ClassVar[Mapping[str, str]] = {}

    def __init__(self, module: Any, data: Any) -> None:
        self.module, self.data = module, data

    @classmethod
    def create(cls, module: Any, data: Any, checkpoints: Mapping[str, Path]) -> Self:
        """Return the context of a model and its data, with those of `cls.checkpoints` that there are.

        Raises:
            ConfigurationError: the data module or a checkpoint cannot be used; one line.
        """
        return cls(module, data)

    def load_image(self, path: Path) -> Tensor:
        """Return an image file of the user's as the model sees its own, (3, H, W) float32 in [-1, 1] on the CPU.

        Raises:
            ValueError: the data module prepares no such images.
            DataError: the file is missing, broken or too small; one line that names it.
        """
        prepare = getattr(self.data, "prepare_image", None)
        if prepare is None:
            raise ValueError(f"{type(self.data).__name__} has no prepare_image; it cannot read {path}")
        image: Tensor = prepare(path)
        return image


class Application(ABC):
    """One use of a model: a subclass is a dataclass whose fields are its options; calling it uses the model.

    The command `apply` makes `--steps` of a field `steps`, with its type and default, and its description from the
    class docstring's Args; see docs/use-a-trained-model.md.

    Attributes:
        name: in commands and file names.
        measures: names of all numbers that it may return.
        context: class of what it is called with.
        needs: methods that the model must have.
    """

    name: ClassVar[str]
    measures: ClassVar[tuple[str, ...]] = ()
    context: ClassVar[type[ApplicationContext]] = ApplicationContext
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def __call__(self, context: Any) -> Outcome:
        """Use a model that is in evaluation mode, without gradients.

        Raises:
            ValueError: the model or the data cannot do it; the message gives the reason.
        """
