"""What is asked of a simulation: days, scenario, phases, conditions, heat waves, hours; the same for all members."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypedDict

import numpy as np

from varwg._arrays import TimeArray, readonly
from varwg._calendar import daily_times, in_nanoseconds
from varwg.errors import DataError, ScenarioError
from varwg.scenarios._scenario import FixedVariables, Increment, Scenario
from varwg.scenarios._terms import scenarios_of
from weathercop._hourly import HourlyOptions
from weathercop._model import MultisiteModel
from weathercop._phases import MemberPhases
from weathercop._scenarios.regional import RegionalScenario
from weathercop.conditions._conditioning import Conditioning
from weathercop.conditions._kinds import Condition
from weathercop.heatwaves._hotter import HotterHeatWaves

Conditions: TypeAlias = Condition | Sequence[Condition] | Conditioning | None


class PlanOptions(TypedDict, total=False):
    """Keywords that say what is simulated; `Multisite.simulate` explains each."""

    sim_times: object
    start: object
    n_days: int | None
    theta_incr: Increment
    theta_grad: Increment
    mean_arrival: Any
    disturbance_std: Any
    climate_signal: Any
    signal_start: str
    var_factor: Any
    rain_factor: float | Sequence[float]
    fixed_variables: FixedVariables
    primary_var: str | Sequence[str]
    scenario: Scenario | Sequence[Scenario]
    conditions: Conditions
    keep_periods: Sequence[tuple[float, float]]
    amplitude_width: int
    stretch: int
    heat_waves: HotterHeatWaves | None
    disaggregate: bool | Mapping[str, int]


#: Keywords of `PlanOptions` that make up a scenario.
_TERMS: Final = (
    "theta_incr",
    "theta_grad",
    "mean_arrival",
    "disturbance_std",
    "climate_signal",
    "signal_start",
    "var_factor",
    "rain_factor",
    "fixed_variables",
)
#: Attributes that members have only where the plan has these parts.
_OPTIONAL: Final = ("phases", "conditions", "heat_waves")
#: Keywords of `PlanOptions` that make up the calendar.
DAYS: Final = ("sim_times", "start", "n_days")


@dataclass(frozen=True, eq=False)
class Plan:
    """What all members of an ensemble have in common; it belongs to the model it was made for, whose spectra it holds.

    Attributes
    ----------
    times : array of datetime64[ns], shape (T,)
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
    """

    times: TimeArray
    scenario: RegionalScenario
    phases: MemberPhases
    conditioning: Conditioning | None = None
    heat_waves: HotterHeatWaves | None = None
    hourly: HourlyOptions | None = None

    @classmethod
    def of(
        cls,
        model: MultisiteModel,
        sim_times: object = None,
        *,
        scenario: Scenario | Sequence[Scenario] = (),
        conditions: Conditions = None,
        keep_periods: Sequence[tuple[float, float]] = (),
        amplitude_width: int = 0,
        stretch: int = 1,
        heat_waves: HotterHeatWaves | None = None,
        disaggregate: bool | Mapping[str, int] = False,
    ) -> Plan:
        """A plan for `model`; see `Multisite.simulate` for the parameters.

        Raises
        ------
        DataError
            If `sim_times` are not consecutive days.
        ScenarioError
            If anything asked for cannot be done with this model.
        """
        times = model.times if sim_times is None else checked_times(sim_times)
        if not (heat_waves is None or isinstance(heat_waves, HotterHeatWaves)):
            raise ScenarioError(f"heat_waves is {heat_waves!r}, but a weathercop.heatwaves.HotterHeatWaves is needed.")
        _check_all("scenario", (scenario,) if isinstance(scenario, Scenario) else scenario, Scenario, "varwg.Scenario")
        return cls(
            readonly(times),
            RegionalScenario.of(model, scenario, times, signal_for="" if heat_waves is None else heat_waves.variable),
            MemberPhases.of(
                model.spectrum, times.size, keep_periods=keep_periods, amplitude_width=amplitude_width, stretch=stretch
            ),
            _conditioning(conditions),
            heat_waves,
            HourlyOptions.of(model.hourly, disaggregate),
        )

    @classmethod
    def from_options(cls, model: MultisiteModel, **options: Any) -> Plan:
        """A plan from the keywords of `PlanOptions`.

        Raises
        ------
        TypeError
            If there is no such keyword.
        DataError, ScenarioError
            As for `of`.
        """
        unknown = sorted(set(options) - set(PlanOptions.__annotations__))
        if unknown:
            raise TypeError(f"{unknown[0]} is no option of a simulation; there are {', '.join(PlanOptions.__annotations__)}.")
        days = {name: options.pop(name) for name in DAYS if name in options}
        terms = {name: options.pop(name) for name in _TERMS if options.get(name) is not None}
        primaries = options.pop("primary_var", None) or ("",)
        given = options.pop("scenario", None) or ()
        own = scenarios_of(model.stations, (primaries,) if isinstance(primaries, str) else tuple(primaries), terms)
        rest = {name: value for name, value in options.items() if name not in _TERMS}
        scenarios = (*(given if isinstance(given, Sequence) else (given,)), *own)
        return cls.of(model, calendar(model, **days), scenario=scenarios, **rest)

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
        return {name: part.to_json() for name, part in parts.items() if part is not None}

    def options_text(self) -> str:
        """All of `attributes` but the scenario as one canonical text; empty where there is nothing else."""
        return options_text(self.attributes())


def options_text(attributes: Mapping[str, str]) -> str:
    """What attributes of members say of a plan besides its scenario, as one canonical text; empty where that is nothing."""
    others = {name: attributes[name] for name in _OPTIONAL if name in attributes}
    return json.dumps(others, sort_keys=True) if others else ""


def _conditioning(conditions: Conditions) -> Conditioning | None:
    if conditions is None or isinstance(conditions, Conditioning):
        return conditions
    several = conditions if isinstance(conditions, Sequence) else (conditions,)
    _check_all("conditions", several, Condition, "one of weathercop.conditions, such as YearlyBounds,")
    return Conditioning.of(conditions)


def _check_all(name: str, values: object, expected: type, description: str) -> None:
    """Refuse what is no sequence of something.

    Raises
    ------
    ScenarioError
        If it is not.
    """
    strangers = [value for value in values if not isinstance(value, expected)] if isinstance(values, Sequence) else [values]
    if strangers:
        raise ScenarioError(f"{name} is or holds {strangers[0]!r}, but {description} is needed, or a sequence of such.")


def calendar(
    model: MultisiteModel,
    sim_times: object = None,
    *,
    start: object = None,
    n_days: int | None = None,
) -> TimeArray:
    """The days to simulate, from explicit times or from a start and a length; by default those of the record.

    Raises
    ------
    DataError
        If both are given, or a part is not a date or a positive number.
    """
    if sim_times is not None:
        if start is not None or n_days is not None:
            raise DataError("sim_times was given together with start or n_days: give either the days or start and length.")
        return checked_times(sim_times)
    return daily_times(model.first_day if start is None else start, model.n_days if n_days is None else n_days)


def checked_times(sim_times: object) -> TimeArray:
    """Consecutive days as datetime64[ns].

    Raises
    ------
    DataError
        If they are anything else.
    """
    try:
        times = in_nanoseconds(np.atleast_1d(np.asarray(sim_times)).astype("datetime64"))
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"sim_times are not dates ({error}): pass for example xarray's or pandas' date_range.") from error
    days = times.astype("datetime64[D]")
    if times.ndim != 1 or times.size == 0 or np.any(np.isnat(times)):
        raise DataError("sim_times must be a non-empty, one-dimensional array of dates without gaps.")
    steps = np.diff(days).astype(np.int64)
    if np.any(steps != 1):
        at = int(np.argmax(steps != 1))
        raise DataError(
            f"sim_times step from {days[at]} to {days[at + 1]}, but consecutive days are needed: the generator is daily."
        )
    return np.asarray(days.astype("datetime64[ns]"))


def checked_phases(phases: Any, n_phases: int, n_days: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Phases of an earlier result, of the right number.

    Raises
    ------
    ScenarioError
        If they are not.
    """
    try:
        values = np.asarray(phases).astype(np.float64, casting="safe")
    except TypeError as error:
        raise ScenarioError(f"rphases are {phases!r}, but real numbers are needed: use those of an earlier result.") from error
    if values.shape != (n_phases,) or not np.all(np.isfinite(values)):
        raise ScenarioError(
            f"rphases have shape {values.shape}, but a simulation of {n_days} days with this model needs {n_phases} "
            "finite phases: use those of a result with the same model and length."
        )
    return values
