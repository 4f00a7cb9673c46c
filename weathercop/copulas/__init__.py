"""Bivariate copulas: one file per family, one entry per family in `FAMILIES`, rotations by `Rotated`."""

from __future__ import annotations

from typing import Final

from varwg.errors import FitError
from weathercop.copulas.amh import AliMikhailHaq
from weathercop.copulas.base import Family
from weathercop.copulas.bb1 import BB1
from weathercop.copulas.bb7 import BB7
from weathercop.copulas.clayton import Clayton
from weathercop.copulas.frank import Frank
from weathercop.copulas.gaussian import Gaussian
from weathercop.copulas.gumbel import Gumbel
from weathercop.copulas.gumbel_barnett import GumbelBarnett
from weathercop.copulas.independence import Independence
from weathercop.copulas.joe import Joe
from weathercop.copulas.nelsen10 import Nelsen10
from weathercop.copulas.nelsen12 import Nelsen12
from weathercop.copulas.nelsen13 import Nelsen13
from weathercop.copulas.nelsen14 import Nelsen14
from weathercop.copulas.plackett import Plackett
from weathercop.copulas.rotation import Rotated
from weathercop.copulas.student import Student

#: Every family, in the order in which equal candidates win.
FAMILIES: Final[tuple[Family, ...]] = (
    Independence(),
    Gaussian(),
    Frank(),
    Plackett(),
    Clayton(),
    Gumbel(),
    Joe(),
    AliMikhailHaq(),
    GumbelBarnett(),
    Nelsen10(),
    Nelsen12(),
    Nelsen13(),
    Nelsen14(),
    Student(),
    BB1(),
    BB7(),
)


def find_family(name: str) -> Family:
    """The family called `name`.

    Raises
    ------
    FitError
        If there is none; the message names those there are.
    """
    for family in FAMILIES:
        if family.name == name:
            return family
    known = ", ".join(family.name for family in FAMILIES)
    raise FitError(f"there is no copula family {name!r}; choose from {known}.")


__all__ = ["FAMILIES", "Family", "Rotated", "find_family"]
