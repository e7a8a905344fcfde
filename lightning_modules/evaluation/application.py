"""Applications of a trained model: base class, context and result."""

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
        images: images that are shown, (N, 3, H, W) in [-1, 1] on the CPU, by name.
        numbers: metrics by name; None where one cannot be computed.
        reasons: the reason for each number that is None.
        caption: description of the sheet, in sentences for a reader.
        findings: the numbers in words, or the reason why there are none.
        sheet: the images with titles, for a reader.
    """

    images: dict[str, Tensor]
    numbers: Metrics
    reasons: dict[str, str]
    caption: str
    findings: str
    sheet: Image.Image


class ApplicationContext:
    """A trained model and its data for an application.

    A family whose applications need more subclasses it. An application names its context class, and thereby declares
    its requirements: `create` refuses an unsuitable data module, and `checkpoints` are those of other trainings.

    Args:
        module: the model, in evaluation mode.
        data: its data module, after `setup("test")`.

    Attributes:
        checkpoints: command options for checkpoints of other trainings, each with the setting of the test that gives
            its default: {"recogniser": "evaluation.recogniser_checkpoint"}, or an argument of the model,
            {"shape": "shape_checkpoint"}.
    """

    checkpoints: ClassVar[Mapping[str, str]] = {}

    def __init__(self, module: Any, data: Any) -> None:
        self.module, self.data = module, data

    @classmethod
    def create(cls, module: Any, data: Any, checkpoints: Mapping[str, Path]) -> Self:
        """Return the context of a model and its data, with the available ones of `cls.checkpoints`.

        Raises:
            ConfigurationError: the data module or a checkpoint cannot be used; one line.
        """
        return cls(module, data)

    def load_image(self, path: Path) -> Tensor:
        """Return a user's image file, prepared like the data set's images: (3, H, W) float32 in [-1, 1] on the CPU.

        Raises:
            ValueError: the data module has no `prepare_image`.
            DataError: the file is missing, unreadable or too small; one line that names it.
        """
        prepare = getattr(self.data, "prepare_image", None)
        if prepare is None:
            raise ValueError(f"{type(self.data).__name__} has no prepare_image; it cannot read {path}")
        image: Tensor = prepare(path)
        return image


class Application(ABC):
    """Application of a model: a subclass is a dataclass whose fields are its options; a call runs it.

    The command `apply` offers a field `steps` as `--steps`, with its type and default, and its description from the
    class docstring's Args; see docs/use-a-trained-model.md.

    Attributes:
        name: name in commands and file names.
        measures: names of all numbers that it may return.
        context: class of its argument.
        needs: names of the methods that the model must have.
    """

    name: ClassVar[str]
    measures: ClassVar[tuple[str, ...]] = ()
    context: ClassVar[type[ApplicationContext]] = ApplicationContext
    needs: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def __call__(self, context: Any) -> Outcome:
        """Run the application of a model in evaluation mode, without gradients.

        Raises:
            ValueError: the model or the data do not allow it; the message gives the reason.
        """
