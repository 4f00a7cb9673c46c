"""Single-site stochastic weather generator: the public names, each loaded from its module when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from varwg._deprecated_rng import get_rng as get_rng
    from varwg._deprecated_rng import reseed as reseed
    from varwg._deprecated_rng import rng as rng
    from varwg.disaggregation import HourlyArchive
    from varwg.io import read_weather, write_weather
    from varwg.observations import Observations, read_observations
    from varwg.prediction import Forecast
    from varwg.sample import sample_met
    from varwg.scenarios import Scenario
    from varwg.simulated import HourlySimulation, Simulation
    from varwg.simulation import simulate
    from varwg.site import VarWG
    from varwg.site_model import SiteModel, load_site_model
    from varwg.streams import as_generator, realization_rng, realization_seed
    from varwg.variables import VARIABLES, Variable

    VG = VarWG
    __version__: str

__all__ = (
    "VARIABLES",
    "VG",
    "Forecast",
    "HourlyArchive",
    "HourlySimulation",
    "Observations",
    "Scenario",
    "Simulation",
    "SiteModel",
    "VarWG",
    "Variable",
    "as_generator",
    "load_site_model",
    "read_observations",
    "read_weather",
    "realization_rng",
    "realization_seed",
    "sample_met",
    "simulate",
    "write_weather",
)

#: Public name -> the module that defines it and its name there.
_PUBLIC: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "VARIABLES": ("varwg.variables", "VARIABLES"),
        "VG": ("varwg.site", "VarWG"),
        "Forecast": ("varwg.prediction", "Forecast"),
        "HourlyArchive": ("varwg.disaggregation", "HourlyArchive"),
        "HourlySimulation": ("varwg.simulated", "HourlySimulation"),
        "Observations": ("varwg.observations", "Observations"),
        "Scenario": ("varwg.scenarios", "Scenario"),
        "Simulation": ("varwg.simulated", "Simulation"),
        "SiteModel": ("varwg.site_model", "SiteModel"),
        "VarWG": ("varwg.site", "VarWG"),
        "Variable": ("varwg.variables", "Variable"),
        "as_generator": ("varwg.streams", "as_generator"),
        "load_site_model": ("varwg.site_model", "load_site_model"),
        "read_observations": ("varwg.observations", "read_observations"),
        "read_weather": ("varwg.io", "read_weather"),
        "realization_rng": ("varwg.streams", "realization_rng"),
        "realization_seed": ("varwg.streams", "realization_seed"),
        "sample_met": ("varwg.sample", "sample_met"),
        "simulate": ("varwg.simulation", "simulate"),
        "write_weather": ("varwg.io", "write_weather"),
    }
)
#: Names of the old global generator; left out of `__all__` and `dir()`, so that looking around warns nobody.
_DEPRECATED: Final = frozenset({"rng", "get_rng", "reseed"})
_DISTRIBUTION: Final = "varwg-weathercop"
_VERSION_OF_SOURCES: Final = "2.0.0"  # for sources that are used without being installed


def _resolve(name: str) -> Any:
    """The attribute `name` of the package; nothing is kept, so a second request takes the same way."""
    if name in _PUBLIC:
        module, attribute = _PUBLIC[name]
        return getattr(import_module(module), attribute)
    if name in _DEPRECATED:
        return import_module("varwg._deprecated_rng").lookup(name)
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=import_module(__name__))


def _version() -> str:
    metadata = import_module("importlib.metadata")
    try:
        return str(metadata.version(_DISTRIBUTION))
    except metadata.PackageNotFoundError:
        return _VERSION_OF_SOURCES


if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an existing one

    def __getattr__(name: str) -> Any:
        return _resolve(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
