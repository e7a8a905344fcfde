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
        name: of its layout module datamodules.layouts.<name>, and in commands.
        module: the class of its data module.
        title: its name for a reader.
        folder: its official folder's name, looked for under DATA.
        mark: a file or folder that tells the data set's own folder from one that holds it.
        unmarked: the layout's function that says whether a folder without the mark is one too; "" where none is.
        holds: what the folder must hold, in words.
        listed: the layout's function that reads its list; as long as there are pictures.
        drawer: the package of datamodules.synthetic that has its stand-in, <drawer>.<name>.
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
    drawer: str
    noun: str
    count: int = 640
    unmarked: str = ""

    @property
    def layout(self) -> Any:
        """The module that reads the official folder: `is_synthetic`, `fingerprint`, `verify` and `listed`."""
        return import_module(f"datamodules.layouts.{self.name}")

    def found_in(self, choice: Path, alone: bool) -> Path | None:
        """Its folder: the one in `choice` that has its official name, or, where it is `alone`, `choice` itself.

        A mark tells more than the lack of one: a folder with it goes before one without.
        """
        inner = choice / self.folder
        places = [choice, inner] if alone else [inner]
        found = [place for place in places if (place / self.mark).exists()]
        if not found and self.unmarked:
            if any((choice / other.mark).exists() for other in DATA_SETS):
                places = [inner]  # `choice` is another set's
            found = [place for place in reversed(places) if getattr(self.layout, self.unmarked)(place)]
        return next(iter(found), None)

    def size(self, root: Path) -> int:
        """How many pictures the folder's list names."""
        return len(getattr(self.layout, self.listed)(root))

    def draw(self, out: Path, count: int, seed: int, progress: Callable[[int, int], None] | None = None) -> Path:
        """Writes a stand-in in the official layout; one that is there already is kept."""
        return Path(getattr(self._drawer, f"synthesize_{self.name}")(out, count, seed, progress))

    def is_outdated(self, root: Path) -> bool:
        """Whether the stand-in there was drawn by an earlier version of this code."""
        marked = import_module("datamodules.synthetic.writing")
        return bool(marked.is_outdated(root, self._drawer.GENERATOR, self._drawer.VERSION))

    @property
    def _drawer(self) -> Any:
        return import_module(f"datamodules.synthetic.{self.drawer}.{self.name}")


DATA_SETS = (
    DataSet(
        name="deepfashion",
        module="DeepFashion",
        title="DeepFashion In-shop",
        folder="DeepFashion",
        mark="Img",
        holds="Img/img/..., Eval/list_eval_partition.txt, Parsing/img/... and Pose/img/...",
        listed="read_partition",
        drawer="people",
        noun="people",
    ),
    DataSet(
        name="facescrub",
        module="FaceScrub",
        title="FaceScrub",
        folder="facescrub",
        mark="facescrub_actors.txt",
        holds="facescrub_actors.txt, facescrub_actresses.txt and the pictures (actors/..., actresses/...), or cut-out "
        "faces in a folder a person, or prepared ones (faces.json, faces.bin)",
        listed="read_faces",
        drawer="faces",
        noun="faces",
        count=800,
        unmarked="holds_faces",
    ),
    DataSet(
        name="flowers",
        module="Flowers102",
        title="Oxford 102 Flowers",
        folder="flowers-102",
        mark="imagelabels.mat",
        holds="jpg/image_00001.jpg..., imagelabels.mat, setid.mat and segmim/segmim_00001.jpg...",
        listed="read_records",
        drawer="flowers",
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
        drawer="birds",
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
        listed="read_photographs",
        drawer="faces",
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
