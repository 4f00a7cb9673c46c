"""A request, checked against a multi-site model and worked out as far as it is the same for all members."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import xarray as xr

from varwg._arrays import FloatArray, IntArray, TimeArray, readonly
from varwg._calendar import doy_index
from varwg._disaggregation import HourlyOptions
from varwg._request import Conditions, HeatWaves, Request, asked_for, plain
from varwg._trend import TrendOnDays, trend_on
from varwg.errors import ScenarioError
from weathercop._model import MultisiteModel
from weathercop._phases import MemberPhases
from weathercop._regional import RegionalScenario
from weathercop.conditions._conditioning import Conditioning
from weathercop.conditions._kinds import Condition, SeasonTerciles, YearlyBounds, YearlyMean, YearlyStd
from weathercop.heatwaves._hot_days import HeatThresholds, HeatWaveDefinition
from weathercop.heatwaves._hotter import HotterHeatWaves

#: Keywords that a multi-site generator has a use for.
_SUPPORTED: Final = tuple(name for name in asked_for() if name not in ("phase_randomize", "residuals", "ex"))
#: What tables of a scenario file may describe, by the name that they give as `kind`.
_KINDS: Final[Mapping[str, type]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            YearlyBounds,
            YearlyMean,
            YearlyStd,
            SeasonTerciles,
            Conditioning,
            HotterHeatWaves,
            HeatThresholds,
            HeatWaveDefinition,
        )
    }
)


@dataclass(frozen=True, eq=False)
class Plan:
    """What all members of an ensemble have in common; it belongs to the model it was made for, whose spectra it holds.

    Attributes
    ----------
    request : Request
        What was asked for.
    times : array of datetime64[s], shape (T,)
        Consecutive days.
    scenario : RegionalScenario
        What is asked of the primary variables.
    phases : MemberPhases
        How members draw phases and amplitudes.
    conditioning : Conditioning or None
        What every member has to meet.
    heat_waves : HotterHeatWaves or None
        What happens to heat waves.
    hourly : HourlyOptions or None
        How days become hours, where they do.
    trend : TrendOnDays or None
        What the trend of the record does on the days.
    """

    request: Request
    times: TimeArray
    scenario: RegionalScenario
    phases: MemberPhases
    conditioning: Conditioning | None = None
    heat_waves: HotterHeatWaves | None = None
    hourly: HourlyOptions | None = None
    trend: TrendOnDays | None = None

    @cached_property
    def doy(self) -> IntArray:
        """Rows of seasonal tables, shape (T,)."""
        return doy_index(self.times)

    @classmethod
    def of(cls, model: MultisiteModel, request: Request | None = None) -> Plan:
        """A plan for `model`; without a request, that of the record.

        Raises
        ------
        DataError
            If days are not consecutive.
        ScenarioError
            If anything else that is asked for cannot be done with this model.
        """
        request = request or Request()
        if request.spread == "sampling" and model.sampling is None:
            raise ScenarioError("spread='sampling' needs a model that knows how little its record says: fit it again.")
        request.require_only(_SUPPORTED, "a multi-site generator", "use varwg.VarWG for one site")
        if request.given:
            raise ScenarioError(
                f"fixed_variables has values of {next(iter(request.given))}, which only a single-site generator simulates "
                "around: name the variables alone, or use varwg.VarWG."
            )
        times = request.days(model.first_day, model.n_days)
        hourly = HourlyOptions.of(model, model.hourly, request.disaggregate, request.archive)
        if hourly is not None:
            hourly.require_room(model, times.size)
        heat_waves = _heat_waves(request.heat_waves)
        return cls(
            request,
            readonly(times),
            RegionalScenario.of(
                model,
                request.scenarios(model.stations, model.variables, model.primary),
                times,
                signal_for="" if heat_waves is None else heat_waves.variable,
            ),
            MemberPhases.of(
                model.spectrum,
                times.size,
                keep_periods=request.keep_periods,
                amplitude_width=request.amplitude_width,
                stretch=request.stretch,
                spread=request.spread,
            ),
            _conditioning(request.conditions),
            heat_waves,
            hourly,
            trend_on(model, times, request.trend),
        )

    @property
    def conditional(self) -> bool:
        """Whether members search for phases, each for itself."""
        return self.conditioning is not None

    def attributes(self) -> dict[str, str]:
        """What members are made with, for manifests and results; parts that are not used are left out."""
        parts = {
            "scenario": self.scenario,
            "phases": None if self.phases.neutral else self.phases,
            "conditions": self.conditioning,
            "heat_waves": self.heat_waves,
        }
        said = {name: part.to_json() for name, part in parts.items() if part is not None}
        if self.trend is not None:
            said["trend"] = json.dumps(plain("trend", self.request.trend))
        return said

    def as_data(self, values: FloatArray) -> FloatArray:
        """Values (S, K, T) of a realisation in the shape that results of many sites have, which is the same."""
        return values

    def as_phases(self, phases: FloatArray) -> xr.DataArray:
        """Phases of a realisation by frequency."""
        labelled = xr.DataArray(phases, {"frequency": self.phases.frequencies}, ("frequency",), name="rphases")
        labelled.attrs = {"units": "rad", "long_name": "random phases"}
        labelled["frequency"].attrs = {"units": "d-1"}
        return labelled


def _heat_waves(asked: HeatWaves) -> HotterHeatWaves | None:
    value = _from_table("heat_waves", asked, HotterHeatWaves) if isinstance(asked, Mapping) else asked
    if not (value is None or isinstance(value, HotterHeatWaves)):
        raise ScenarioError(f"heat_waves is {asked!r}, but a weathercop.heatwaves.HotterHeatWaves is needed.")
    return value


def _conditioning(asked: Conditions) -> Conditioning | None:
    if asked is None or isinstance(asked, Conditioning):
        return asked
    listed = list(asked) if isinstance(asked, Sequence) else [asked]
    several = [_from_table("conditions", condition) if isinstance(condition, Mapping) else condition for condition in listed]
    if len(several) == 1 and isinstance(several[0], Conditioning):
        return several[0]
    chosen = []
    for value in several:
        if not isinstance(value, Condition):
            raise ScenarioError(
                f"conditions is or holds {value!r}, but one of weathercop.conditions, such as YearlyBounds, is needed, or a "
                "sequence of such."
            )
        chosen.append(value)
    return Conditioning.of(chosen) if chosen else None


def _from_table(where: str, table: Mapping[str, Any], default: type | None = None) -> Any:
    """The value that a table of a scenario file describes, and those inside it.

    Raises
    ------
    ScenarioError
        If its kind is unknown, or its entries are not those of the kind.
    """
    name = table.get("kind", default.__name__ if default else None)
    if name not in _KINDS:
        raise ScenarioError(f"{where} has the kind {name!r}, but one of {', '.join(_KINDS)} is expected.")
    kind = _KINDS[name]
    entries = {key: _entry(f"{where}.{key}", value) for key, value in table.items() if key != "kind"}
    unknown = sorted(set(entries) - {field.name for field in fields(kind)})
    if unknown:
        valid = ", ".join(field.name for field in fields(kind))
        raise ScenarioError(f"{where} has the entry {unknown[0]!r}, but {name} has {valid}.")
    try:
        return kind(**entries)
    except TypeError as error:
        raise ScenarioError(f"{where} does not describe a {name} ({error}).") from error


def _entry(where: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _from_table(where, value)
    if not isinstance(value, list):
        return value
    if value and isinstance(value[0], list):
        return readonly(np.asarray(value, dtype=np.float64))
    return tuple(_entry(where, item) for item in value)
