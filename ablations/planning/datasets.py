"""The data sets of the suite: how each is found, drawn and spoken of. One entry makes a set known everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class DataSet:
    """A data set that lies in files.

    Attributes:
        name: of its modules, datamodules.layouts.<name> and datamodules.synthetic.<name>, and in commands.
        module: the class of its data module.
        title: its name for a reader.
        folder: its official folder's name, looked for under DATA.
        mark: a file or folder that tells the data set's own folder from one that holds it.
        holds: what the folder must hold, in words.
        listed: the layout's function that reads its list; as long as there are pictures.
        noun: what is drawn in its stand-in, in the plural.
        count: how many of them where nobody says.
    """

    name: str
    module: str
    title: str
    folder: str
    mark: str
    holds: str
    listed: str
    noun: str
    count: int = 640

    @property
    def layout(self) -> Any:
        """The module that reads the official folder: `is_synthetic`, `fingerprint`, `verify` and `listed`."""
        return import_module(f"datamodules.layouts.{self.name}")

    def size(self, root: Path) -> int:
        """How many pictures the folder's list names."""
        return len(getattr(self.layout, self.listed)(root))

    def draw(self, out: Path, count: int, seed: int, progress: Callable[[int, int], None] | None = None) -> Path:
        """Writes a stand-in in the official layout; one that is there already is kept."""
        drawer = import_module(f"datamodules.synthetic.{self.name}")
        return Path(getattr(drawer, f"synthesize_{self.name}")(out, count, seed, progress))


DATA_SETS = (
    DataSet(
        name="deepfashion",
        module="DeepFashion",
        title="DeepFashion In-shop",
        folder="DeepFashion",
        mark="Img",
        holds="Img/img/..., Eval/list_eval_partition.txt, Parsing/img/... and Pose/img/...",
        listed="read_partition",
        noun="people",
    ),
    DataSet(
        name="facescrub",
        module="FaceScrub",
        title="FaceScrub",
        folder="facescrub",
        mark="facescrub_actors.txt",
        holds="facescrub_actors.txt, facescrub_actresses.txt and the pictures (actors/..., actresses/...)",
        listed="read_faces",
        noun="faces",
        count=800,
    ),
    DataSet(
        name="flowers",
        module="Flowers102",
        title="Oxford 102 Flowers",
        folder="flowers-102",
        mark="imagelabels.mat",
        holds="jpg/image_00001.jpg..., imagelabels.mat, setid.mat and segmim/segmim_00001.jpg...",
        listed="read_records",
        noun="flowers",
        count=800,
    ),
    DataSet(
        name="cub",
        module="CUB200",
        title="CUB-200-2011",
        folder="CUB_200_2011",
        mark="images.txt",
        holds="images/001.Black_footed_Albatross/..., images.txt, image_class_labels.txt and bounding_boxes.txt",
        listed="read_records",
        noun="birds",
        count=800,
    ),
    DataSet(
        name="lfw",
        module="LFW",
        title="Labeled Faces in the Wild",
        folder="lfw",
        mark="pairs.txt",
        holds="lfw/Aaron_Eckhart/Aaron_Eckhart_0001.jpg..., and pairs.txt",
        listed="read_pairs",
        noun="faces",
        count=240,
    ),
)

#: Data modules that read no files, because what they yield follows from a law; and what that is, for a reader.
LAWS = {"Ring": "points of a ring, made by the experiment's own law"}


def by_name() -> dict[str, DataSet]:
    """The data sets by the names that commands take."""
    return {data_set.name: data_set for data_set in DATA_SETS}


def by_module() -> dict[str, DataSet]:
    """The data sets by the classes of their data modules."""
    return {data_set.module: data_set for data_set in DATA_SETS}
