"""Single-site stochastic weather generator: the public names, each loaded from its module when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from varwg import ensembles, errors, io, marginals, meteo, models, plotting, rain, scenarios, streams
    from varwg._calendar import N_DOYS, daily_times, doy_index, month_of_doy
    from varwg._deprecated_rng import get_rng as get_rng
    from varwg._deprecated_rng import reseed as reseed
    from varwg._deprecated_rng import rng as rng
    from varwg._disaggregation import HourlyArchive
    from varwg._observations import Observations, read_observations
    from varwg._prediction import Forecast
    from varwg._request import Request
    from varwg._simulated import HourlySimulation, Simulation
    from varwg._simulation import simulate
    from varwg._site import VarWG
    from varwg._site_model import SiteModel, load_model, load_site_model
    from varwg._variables import VARIABLES, Variable
    from varwg.io import read_weather, write_weather
    from varwg.io._table import sample_met
    from varwg.scenarios import ChangeFactors, Scenario
    from varwg.streams import as_generator, realization_rng, realization_seed

    VG = VarWG

#: The version of the distribution; `pyproject.toml` takes it from here.
__version__: Final = "2.0.0"

__all__ = (
    "N_DOYS",
    "VARIABLES",
    "VG",
    "ChangeFactors",
    "Forecast",
    "HourlyArchive",
    "HourlySimulation",
    "Observations",
    "Request",
    "Scenario",
    "Simulation",
    "SiteModel",
    "VarWG",
    "Variable",
    "__version__",
    "as_generator",
    "daily_times",
    "doy_index",
    "ensembles",
    "errors",
    "io",
    "load_model",
    "load_site_model",
    "marginals",
    "meteo",
    "models",
    "month_of_doy",
    "plotting",
    "rain",
    "read_observations",
    "read_weather",
    "realization_rng",
    "realization_seed",
    "sample_met",
    "scenarios",
    "simulate",
    "streams",
    "write_weather",
)

#: Public name -> the module that defines it and its name there.
_PUBLIC: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "N_DOYS": ("varwg._calendar", "N_DOYS"),
        "VARIABLES": ("varwg._variables", "VARIABLES"),
        "VG": ("varwg._site", "VarWG"),
        "ChangeFactors": ("varwg.scenarios", "ChangeFactors"),
        "Forecast": ("varwg._prediction", "Forecast"),
        "HourlyArchive": ("varwg._disaggregation", "HourlyArchive"),
        "HourlySimulation": ("varwg._simulated", "HourlySimulation"),
        "Observations": ("varwg._observations", "Observations"),
        "Request": ("varwg._request", "Request"),
        "Scenario": ("varwg.scenarios", "Scenario"),
        "Simulation": ("varwg._simulated", "Simulation"),
        "SiteModel": ("varwg._site_model", "SiteModel"),
        "VarWG": ("varwg._site", "VarWG"),
        "Variable": ("varwg._variables", "Variable"),
        "as_generator": ("varwg.streams", "as_generator"),
        "daily_times": ("varwg._calendar", "daily_times"),
        "doy_index": ("varwg._calendar", "doy_index"),
        "load_model": ("varwg._site_model", "load_model"),
        "load_site_model": ("varwg._site_model", "load_site_model"),
        "month_of_doy": ("varwg._calendar", "month_of_doy"),
        "read_observations": ("varwg._observations", "read_observations"),
        "read_weather": ("varwg.io", "read_weather"),
        "realization_rng": ("varwg.streams", "realization_rng"),
        "realization_seed": ("varwg.streams", "realization_seed"),
        "sample_met": ("varwg.io._table", "sample_met"),
        "simulate": ("varwg._simulation", "simulate"),
        "write_weather": ("varwg.io", "write_weather"),
    }
)
#: Public modules, imported when they are first looked at.
_MODULES: Final = frozenset(
    {"ensembles", "errors", "io", "marginals", "meteo", "models", "plotting", "rain", "scenarios", "streams"}
)
#: Names of the old global generator; left out of `__all__` and `dir()`, so that looking around warns nobody.
_DEPRECATED: Final = frozenset({"rng", "get_rng", "reseed"})


def _resolve(name: str) -> Any:
    """The attribute `name` of the package; nothing is kept, so a second request takes the same way."""
    if name in _PUBLIC:
        module, attribute = _PUBLIC[name]
        return getattr(import_module(module), attribute)
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _DEPRECATED:
        return import_module("varwg._deprecated_rng").lookup(name)
    raise import_module("varwg._arguments").no_such_name(__name__, name)


if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an existing one

    def __getattr__(name: str) -> Any:
        return _resolve(name)


def __dir__() -> list[str]:
    return sorted(__all__)
