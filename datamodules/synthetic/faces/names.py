"""Names of synthetic people."""

from __future__ import annotations

import numpy as np

_WOMEN = (
    "Ada", "Bente", "Carla", "Dunja", "Elsa", "Fenna", "Greta", "Hanne", "Ilka", "Jutta", "Karin", "Lene", "Mira",
    "Nora", "Oda", "Petra", "Ronja", "Silke", "Thea", "Ulla", "Vera", "Wanda", "Yasmin", "Zita",
)  # fmt: skip
_MEN = (
    "Anton", "Bruno", "Casper", "Dario", "Emil", "Fabio", "Gustav", "Hannes", "Ivo", "Jonas", "Kilian", "Leo", "Mats",
    "Niklas", "Otto", "Pavel", "Rune", "Sven", "Timo", "Ugo", "Viktor", "Willem", "Yannik", "Zeno",
)  # fmt: skip
#: Family names by data set, without names in common.
_FAMILIES = {
    "facescrub": (
        "Ashgrove", "Birkenau", "Cloverfield", "Dornbusch", "Elmwood", "Farnley", "Ginsterhof", "Hollerbach",
        "Ivyhurst", "Juniper", "Kastanie", "Lindqvist-Moor", "Mapleton", "Nettlebed", "Oakhaven", "Poplar",
        "Quendel", "Rowanson", "Sorrel", "Thistlewood", "Ulmenhof", "Vetchley", "Willowby", "Yewdale",
    ),
    "lfw": (
        "Amberstone", "Basaltine", "Chalkley", "Dolomit", "Emeraude", "Feldspar", "Granitz", "Hematit", "Ironside-Vale",
        "Jasperson", "Kalkstein", "Lapisford", "Marlstone", "Nickeling", "Opalka", "Pumiceworth", "Quartzby",
        "Rubinstone", "Slateham", "Topaz", "Umberley", "Verdigris", "Wolframsen", "Zirconia",
    ),
}  # fmt: skip


def name_of(data_set: str, seed: int, person: int, female: bool) -> str:
    """Return the name of the `person`-th person of a synthetic data set: unique in it, and in no other."""
    first, last = (_WOMEN if female else _MEN), _FAMILIES[data_set]
    again, place = divmod(person, len(first) * len(last))
    drawn = np.random.default_rng([seed, len(data_set)]).permutation(len(first) * len(last))[place]
    name = f"{first[drawn % len(first)]} {last[drawn // len(first)]}"
    return f"{name} {again + 1}" if again else name
