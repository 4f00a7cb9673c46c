"""Multi-site stochastic weather generator: seasonal vine copulas and phase randomisation on top of `varwg`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from varwg import __version__
    from varwg._simulated import Simulation
    from varwg._simulated import Simulation as SimResult
    from varwg._simulation import simulate
    from varwg.io import as_grid
    from varwg.streams import realization_rng, realization_seed
    from weathercop import conditions, copulas, ensembles, heatwaves, plotting, validation, vines
    from weathercop._demo import example_dataset
    from weathercop._external import load_external
    from weathercop._model import MultisiteModel, load_model
    from weathercop._multisite import Multisite
    from weathercop._report import write_report
    from weathercop.ensembles import open_ensemble, simulate_ensemble
    from weathercop.validation import validate

__all__ = (
    "Multisite",
    "MultisiteModel",
    "SimResult",
    "Simulation",
    "__version__",
    "as_grid",
    "conditions",
    "copulas",
    "ensembles",
    "example_dataset",
    "heatwaves",
    "load_external",
    "load_model",
    "open_ensemble",
    "plotting",
    "realization_rng",
    "realization_seed",
    "simulate",
    "simulate_ensemble",
    "validate",
    "validation",
    "vines",
    "write_report",
)

#: Public name -> the module that it is taken from when it is first looked at, and its name there where that differs.
_PUBLIC: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Multisite": "weathercop._multisite",
        "MultisiteModel": "weathercop._model",
        "SimResult": "varwg._simulated:Simulation",
        "Simulation": "varwg._simulated",
        "__version__": "varwg",
        "as_grid": "varwg.io",
        "example_dataset": "weathercop._demo",
        "load_external": "weathercop._external",
        "load_model": "weathercop._model",
        "open_ensemble": "weathercop.ensembles",
        "realization_rng": "varwg.streams",
        "realization_seed": "varwg.streams",
        "simulate": "varwg._simulation",
        "simulate_ensemble": "weathercop.ensembles",
        "validate": "weathercop.validation",
        "write_report": "weathercop._report",
    }
)
#: Public modules, imported when they are first looked at.
_MODULES: Final = frozenset({"conditions", "copulas", "ensembles", "heatwaves", "plotting", "validation", "vines"})


def _resolve(name: str) -> Any:
    """The attribute `name` of the package; nothing is kept, so a second request takes the same way."""
    if name in _PUBLIC:
        module, _, attribute = _PUBLIC[name].partition(":")
        return getattr(import_module(module), attribute or name)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise import_module("varwg._arguments").no_such_name(__name__, name)


if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an existing one

    def __getattr__(name: str) -> Any:
        return _resolve(name)


def __dir__() -> list[str]:
    return sorted(__all__)
