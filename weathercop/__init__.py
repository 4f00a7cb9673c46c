"""Multi-site stochastic weather generator: seasonal vine copulas and phase randomisation on top of `varwg`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from varwg import __version__
    from varwg.streams import realization_rng, realization_seed
    from weathercop.example import example_dataset
    from weathercop.files.opening import open_ensemble
    from weathercop.model import MultisiteModel, load_model
    from weathercop.multisite import Multisite
    from weathercop.simulation import SimResult, simulate
    from weathercop.validation import validate

__all__ = [
    "Multisite",
    "MultisiteModel",
    "SimResult",
    "__version__",
    "example_dataset",
    "load_model",
    "open_ensemble",
    "realization_rng",
    "realization_seed",
    "simulate",
    "validate",
]

#: Public names and the modules they live in; modules are imported when a name is first used.
_HOMES: Final = (
    ("Multisite", "weathercop.multisite"),
    ("MultisiteModel", "weathercop.model"),
    ("load_model", "weathercop.model"),
    ("SimResult", "weathercop.simulation"),
    ("simulate", "weathercop.simulation"),
    ("validate", "weathercop.validation"),
    ("open_ensemble", "weathercop.files.opening"),
    ("example_dataset", "weathercop.example"),
    ("realization_rng", "varwg.streams"),
    ("realization_seed", "varwg.streams"),
    ("__version__", "varwg"),
)


def __getattr__(name: str) -> Any:
    home = dict(_HOMES).get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
