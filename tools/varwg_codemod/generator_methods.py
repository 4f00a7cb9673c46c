"""From RandomState to Generator: what its methods become, and who takes a Generator. Data only."""
# ruff: noqa: SIM905 - long lists of names are easier to read as texts

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from varwg_codemod.library import LEGACY_DRAWS

OLD_KIND: Final = "RandomState"
NEW_KIND: Final = "Generator"
NEW_MAKER: Final = "default_rng"

#: Methods with another name, and what their arguments become: "same", "dimensions" (one size in place of many numbers),
#: "half open" (a plain `int` where one number is drawn) or "closed" (the last number is one of those that may be drawn).
RENAMED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "rand": ("random", "dimensions"),
        "randn": ("standard_normal", "dimensions"),
        "random_sample": ("random", "same"),
        "randint": ("integers", "half open"),
        "random_integers": ("integers", "closed"),
    }
)
#: Methods that set or read the state: a Generator does it by `bit_generator.state`.
STATE: Final = frozenset({"seed", "get_state", "set_state"})
#: Methods that a Generator has neither by this nor by another name, and what to write in their place.
MISSING: Final[Mapping[str, str]] = MappingProxyType(
    {"tomaxint": "write `rng.integers(0, np.iinfo(np.int_).max, endpoint=True)`, or what range is meant"}
)
#: Methods that are the same, and take the same arguments.
SAME: Final = LEGACY_DRAWS - frozenset(RENAMED) - frozenset(MISSING) - frozenset({"ranf", "sample"})
#: Names by which a RandomState is recognised: hardly anything else has them.
TELLING: Final = frozenset(name for name in (*RENAMED, *MISSING) if name != "randint")
#: Methods that the generators of the standard library's `random` have as well.
ALSO_OF_RANDOM: Final = frozenset("randint random choice shuffle uniform triangular seed sample".split())

#: Packages whose functions and methods take a Generator wherever they take a RandomState.
TAKING: Final = frozenset({"scipy", "pandas", "networkx", "seaborn"})
#: Keywords by which numbers, arrays and tables are given a generator: methods of which only the package's kind is known.
KEYWORDS: Final = frozenset({"random_state", "rng", "seed"})
#: Packages that refuse a Generator, and how their users know them.
REFUSING: Final[Mapping[str, str]] = MappingProxyType({"sklearn": "scikit-learn"})
#: Packages that call what they are given, or hold it, and do not look at a generator among it.
HANDING_ON: Final = frozenset(
    """functools itertools collections contextlib copy operator concurrent threading _thread multiprocessing multiprocess
    joblib dask distributed asyncio types typing dataclasses tqdm heapq""".split()
)
#: Functions that Python has without an import and that do not ask of which class an object is.
NOT_LOOKING: Final = frozenset(
    """print id repr str format list tuple set dict zip enumerate iter next map filter sum min max sorted reversed len bool
    any all callable super""".split()
)
