"""One simulation of any model: what models and plans of one site and of many have in common, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, cast

import numpy as np

from varwg._arrays import FloatArray, TimeArray
from varwg._disaggregation import Disaggregation, HourlyArchive, HourlyOptions
from varwg._provenance import Provenance
from varwg._request import Bands, Conditions, Date, HeatWaves, Others, Request, Spread
from varwg._simulated import HasStations, Simulation
from varwg._trend import TrendCourse
from varwg.marginals._diagnostics import warn_of_extrapolation
from varwg.scenarios._scenario import Fixed, Increment, Scenario
from varwg.streams import require_generator

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Bands", "Conditions", "Date", "Fixed", "HeatWaves", "Increment", "Realization", "Scenario", "simulate"]


class Report(Protocol):
    """What became of conditions."""

    def to_json(self) -> str:
        """Canonical text for attributes."""


class Realization(NamedTuple):
    """The arrays of one realisation.

    `values` (physical) and `scores` (normal), both (S, K, T); `phases`; where they were asked for `hours`, their values
    (S, K, T n) and how they were found; and what became of conditions, where there were any.
    """

    values: FloatArray
    scores: FloatArray
    phases: FloatArray
    hours: Disaggregation | None = None
    report: Report | None = None


class WeatherPlan(Protocol):
    """A request, checked against a model."""

    @property
    def request(self) -> Request:
        """What was asked for."""

    @property
    def times(self) -> TimeArray:
        """Consecutive days, shape (T,)."""

    @property
    def hourly(self) -> HourlyOptions | None:
        """How days become hours, where they do."""

    @property
    def conditional(self) -> bool:
        """Whether members search for phases, each for itself."""

    def attributes(self) -> dict[str, str]:
        """What members are made with, for manifests and results."""

    def as_data(self, values: FloatArray) -> FloatArray:
        """Values (S, K, T) of a realisation in the shape that results have."""

    def as_phases(self, phases: FloatArray) -> Any:
        """Phases of a realisation as results hold them."""


class WeatherModel(HasStations, Protocol):
    """A fitted model of one site or of many; immutable."""

    engine: ClassVar[str]

    @property
    def first_day(self) -> str:
        """First day of the record."""

    @property
    def n_days(self) -> int:
        """Length of the record."""

    @property
    def hourly(self) -> HourlyArchive | None:
        """The courses of observed days, where the observations were sub-daily."""

    def fingerprint(self) -> str:
        """SHA-256 of everything in the model."""


class Engine(Protocol):
    """The module that simulates with models of one kind."""

    def plan(self, model: Any, request: Request) -> Any:
        """What is simulated when this is asked for, a `WeatherPlan`."""

    def realize_together(
        self,
        model: Any,
        plan: Any,
        *,
        rngs: Sequence[np.random.Generator],
        phases: Any = None,
        with_scores: bool = True,
    ) -> list[Realization]:
        """Several realisations, each from its own generator."""


def engine_of(model: WeatherModel) -> Engine:
    """The module that simulates with a model."""
    return cast(Engine, import_module(model.engine))


def simulate(
    model: WeatherModel,
    times: TimeArray | Sequence[Any] | None = None,
    *,
    rng: np.random.Generator,
    rphases: xr.DataArray | FloatArray | None = None,
    # spelled out: function signature
    n_days: int | None = None,
    start: Date = None,
    theta_incr: Increment = None,
    theta_grad: Increment = None,
    mean_arrival: Increment = None,
    disturbance_std: Increment = None,
    climate_signal: Any = None,
    signal_start: str | None = None,
    var_factor: Increment = None,
    rain_factor: Increment = None,
    changes: Any = None,
    others: Others = "follow",
    fixed_variables: Fixed = None,
    primary_var: str | Sequence[str] | None = None,
    scenario: Scenario | Sequence[Scenario] | None = None,
    keep_periods: Bands = (),
    spread: Spread = "record",
    amplitude_width: int = 0,
    stretch: int = 1,
    phase_randomize: bool = False,
    trend: TrendCourse = "record",
    residuals: FloatArray | None = None,
    ex: Any = None,
    conditions: Conditions = None,
    heat_waves: HeatWaves = None,
    T: int | None = None,
    start_str: Date = None,
    sim_times: TimeArray | Sequence[Any] | None = None,
    # end
) -> Simulation:
    """Simulate once.

    Parameters
    ----------
    model : SiteModel or MultisiteModel
        A fitted model; it is not changed.
    rng : numpy.random.Generator
        Source of all randomness; it advances, so that the next call gives other weather.
    rphases : array, optional
        `rphases` of an earlier result of the same length, to change the scenario but not the randomness.
    n_days : int, optional
        Number of days; by default the length of the record. Unit: d.
    start : date, optional
        First day; by default that of the record.
    times : array of dates, optional
        Consecutive days to simulate, in place of `start` and `n_days`.
    theta_incr : float, sequence, mapping or array, optional
        Change of the mean of the primary variable: one number, one per station, 12 monthly, or an array (stations, 12).
        Unit: that of the primary variable.
    theta_grad : float, sequence or mapping, optional
        Change of that mean that is reached linearly at the end: one number, or one per station. Unit: that of the
        primary variable.
    mean_arrival : float, optional
        Mean length of episodes above and below normal, the same at all stations; together with `disturbance_std`. Unit:
        d.
    disturbance_std : float, optional
        Size of these episodes; together with `mean_arrival`. Unit: that of the primary variable.
    climate_signal : array, Series or DataArray, optional
        Change of the mean day by day, for all stations or (stations, days); one with a calendar is looked up by date.
        Unit: that of the primary variable.
    signal_start : date, optional
        First day of a `climate_signal` that is a plain array.
    var_factor : float, optional
        Factor of the primary's deviations from its mean.
    rain_factor : float or sequence of 12, optional
        Factor of the amounts of precipitation on wet days.
    changes : mapping, path or ChangeFactors, optional
        Changes of distributions by variable, such as {'theta': {'mean': 2.0, 'sd_factor': 1.1}, 'R': {'wet_day_factor':
        0.9}}, one number or 12 monthly ones; 'course' says whether as a step, a ramp or a path (`varwg.ChangeFactors`).
    others : str
        Whether variables that nothing is asked of follow by their dependence ('follow') or stay as they are ('keep').
    fixed_variables : sequence of str, or mapping of str to array, optional
        Variables that do not follow the primary; or, at one site, their values, given which the others are drawn.
    primary_var : str or sequence of str, optional
        Variables that the terms above act on, by default that of the generator. For several, a term is a mapping from
        their names or a sequence with one entry for each.
    scenario : Scenario or sequence of Scenario, optional
        The same terms as values; those given as keywords come on top, and several for one primary add up.
    keep_periods : sequence of (shortest, longest), optional
        Bands of periods that keep the phases of the record. Unit: d.
    spread : str
        At many sites: how members differ: 'record' (all have the amplitudes of the record, and with its length its
        means), 'climate' (as records of their length do), or 'sampling' (each has a climate that the record may come
        from, as it is too short to tell).
    amplitude_width : int
        Neighbouring frequencies that amplitudes are drawn from, so that realisations do not share those of the record.
    stretch : int
        Cut the realisation from one that is as many times as long; with 2 or more, means over all days vary freely.
    phase_randomize : bool
        At one site: drive the simulation by the residuals of the record with random phases.
    trend : str, int or mapping of int to float
        For a model fitted with a trend: 'record' (that of the record, held beyond it), 'continue', 'none' (the mean
        climate of the record), a year whose climate all days have, or values of the covariate by year.
    residuals : array, optional
        At one site: what drives the simulation; `model.residuals` gives the record back.
    ex : array, mapping, Series, DataFrame, DataArray or callable, optional
        At one site: external variables on the simulated days, if the model was fitted with some.
    conditions : Condition, several, or Conditioning, optional
        At many sites: what the realisation has to meet, such as `weathercop.conditions.YearlyBounds`.
    heat_waves : HotterHeatWaves, optional
        At many sites: what is done to heat waves (`weathercop.heatwaves.HotterHeatWaves`).
    T, start_str, sim_times
        Old names of n_days, start, times.

    Returns
    -------
    Simulation

    Raises
    ------
    RngError
        If `rng` is not a Generator.
    DataError, ScenarioError
        If the days, or what is asked for, cannot be used with this model.
    """
    request = Request.of(
        # spelled out: function call
        n_days=n_days,
        start=start,
        times=times,
        theta_incr=theta_incr,
        theta_grad=theta_grad,
        mean_arrival=mean_arrival,
        disturbance_std=disturbance_std,
        climate_signal=climate_signal,
        signal_start=signal_start,
        var_factor=var_factor,
        rain_factor=rain_factor,
        changes=changes,
        others=others,
        fixed_variables=fixed_variables,
        primary_var=primary_var,
        scenario=scenario,
        keep_periods=keep_periods,
        spread=spread,
        amplitude_width=amplitude_width,
        stretch=stretch,
        phase_randomize=phase_randomize,
        trend=trend,
        residuals=residuals,
        ex=ex,
        conditions=conditions,
        heat_waves=heat_waves,
        T=T,
        start_str=start_str,
        sim_times=sim_times,
        # end
    )
    return simulated(model, request, rng=rng, rphases=rphases)


def simulated(
    model: WeatherModel, request: Request, *, rng: np.random.Generator, rphases: xr.DataArray | FloatArray | None = None
) -> Simulation:
    """The simulation that is asked for; see `simulate`."""
    provenance = Provenance.of(require_generator(rng))
    engine = engine_of(model)
    plan: WeatherPlan = engine.plan(model, request)
    realization = engine.realize_together(model, plan, rngs=[rng], phases=getattr(rphases, "values", rphases))[0]
    warn_of_extrapolation(model, np.max(realization.values, axis=-1))
    attributes: Mapping[str, str] = {
        "model": model.fingerprint(),
        **plan.attributes(),
        "request": request.on_days(plan.times).described(),
    }
    if realization.report is not None:
        attributes = {**attributes, "conditions_reached": realization.report.to_json()}
    return Simulation(
        times=plan.times,
        data=plan.as_data(realization.values),
        scores=plan.as_data(realization.scores),
        stations=model.stations,
        variables=model.variables,
        provenance=provenance,
        attributes=attributes,
        rphases=plan.as_phases(realization.phases),
        archive=model.hourly,
        latitude=model.site_values("latitude"),
        longitude=model.site_values("longitude"),
        elevation=model.site_values("elevation"),
        grid=model.grid,
    )
