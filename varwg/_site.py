"""VarWG, the class users meet: the observations of one station in, a fitted model and simulations out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from varwg import _prediction as prediction
from varwg import _record as record
from varwg._arrays import FloatArray, TimeArray
from varwg._calendar import daily_times
from varwg._description import describe_observations, observations_html
from varwg._disaggregation import HourlyArchive
from varwg._disaggregation.archive import WINDOW as HOURLY_WINDOW
from varwg._observations import Observations, read_observations
from varwg._prediction import Forecast
from varwg._record import WINDOW
from varwg._simulated import HourlySimulation, Simulation, frame
from varwg._simulation import simulate
from varwg._site_model import SiteModel, fit_site
from varwg._variables import Variable, default_primary
from varwg.errors import DataError, FitError, ScenarioError
from varwg.models._var import Criterion
from varwg.scenarios import FixedVariables, Scenario
from varwg.scenarios._terms import combined, scenario_values, scenarios_of
from varwg.streams import RngLike, front_door

if TYPE_CHECKING:
    import pandas as pd

    from varwg.plotting import Pictures


class VarWG:
    """A single-site weather generator: seasonal marginals and a vector autoregression of normal scores.

    Parameters
    ----------
    var_names : sequence of str or Variable, or None
        Variables to use, in this order; None for all. The data may be given here alone, as in `VarWG(data)`.
    data : xarray.Dataset, pandas.DataFrame, path or Observations
        Observed weather of one station, or of several of which `station` names one.
    station : str, optional
        The station to use where the data has several.
    primary_var : str, optional
        Variable that scenarios act on; theta by default, or the first where there is no theta.
    units : mapping of str to str, optional
        Units of variables, before those the data declare.
    latitude, longitude, elevation : float, optional
        Degrees and metres, before those in the data. The latitude bounds radiation and sunshine.

    Attributes
    ----------
    observations : Observations
        The checked observations; immutable.

    Raises
    ------
    DataError
        If the observations cannot be used; the message says what was found and what to do.

    Examples
    --------
    >>> import numpy as np, varwg, weathercop
    >>> data = weathercop.example_dataset().isel(station=[0])
    >>> wg = varwg.VarWG(("theta", "R", "rh"), data).fit(rng=np.random.default_rng(1))
    >>> times, values = wg.simulate(T=365, rng=np.random.default_rng(2))
    >>> values.shape
    (3, 365)
    """

    def __init__(
        self,
        var_names: Any,
        data: Any = None,
        *,
        station: str | None = None,
        primary_var: str | None = None,
        units: Mapping[str, str] | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        elevation: float | None = None,
    ) -> None:
        if data is None:
            var_names, data = None, var_names
        names: Sequence[str | Variable] | None = [var_names] if isinstance(var_names, (str, Variable)) else var_names
        stations = None if station is None else [station]
        self.observations: Observations = read_observations(
            data,
            variables=names,
            stations=stations,
            units=units,
            latitude=latitude,
            longitude=longitude,
            elevation=elevation,
        )
        if len(self.observations.stations) > 1:
            raise DataError(
                f"the data has the stations {', '.join(self.observations.stations)}, but VarWG is a single-site generator: "
                "name one with station=..., or use weathercop.Multisite for all of them."
            )
        self.primary_var = self._checked_primary(primary_var)
        self._model: SiteModel | None = None

    @property
    def model(self) -> SiteModel:
        """The fitted model, an immutable value.

        Raises
        ------
        FitError
            Before `fit`.
        """
        if self._model is None:
            raise FitError("the generator is not fitted yet: call fit(rng=numpy.random.default_rng(seed)) first.")
        return self._model

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return self.observations.names

    def fit(
        self,
        p: int | None = None,
        *,
        q: int = 0,
        seasonal: bool = False,
        criterion: Criterion = "bic",
        ex: Any = None,
        rng: RngLike = None,
    ) -> VarWG:
        """Estimate the model.

        Parameters
        ----------
        p : int, optional
            Number of lags; chosen by `criterion` where it is not given.
        q : int
            Number of lags of a moving average of the innovations; 0 for none.
        seasonal : bool
            Whether the autoregression changes with the day of the year.
        criterion : {"bic", "sc", "aic", "hq", "fpe"}
            What chooses the order.
        ex : array, mapping, Series, DataFrame, DataArray or callable, optional
            External variables that drive the weather (a VAREX): values of the days of the record, shape (T,) or (M, T), or
            series with a calendar that has these days; or a function that makes the M values of a day from the normal scores
            (K, n) of the days before. They act on normal scores, and have to be given to `simulate` too.
        rng : Generator, SeedSequence, int or None
            Source of the latent scores of dry days and gaps; None draws fresh entropy, recorded with the model.

        Returns
        -------
        VarWG
            Itself, with `model` set.

        Raises
        ------
        FitError
            If a part of the model cannot be estimated.
        DataError
            If `ex` does not have all days of the record.
        """
        generator = front_door(rng, caller="VarWG.fit()")
        self._model = fit_site(
            self.observations, order=p, ma_order=q, seasonal=seasonal, criterion=criterion, ex=ex, rng=generator
        )
        return self

    def simulate(
        self,
        T: int | None = None,
        *,
        start: object = None,
        start_str: str | None = None,
        theta_incr: Any = None,
        theta_grad: Any = None,
        mean_arrival: Any = None,
        disturbance_std: Any = None,
        climate_signal: Any = None,
        var_factor: Any = None,
        rain_factor: float | Sequence[float] | None = None,
        fixed_variables: FixedVariables | Mapping[str, Any] = (),
        primary_var: str | Sequence[str] | None = None,
        scenario: Scenario | Sequence[Scenario] = (),
        phase_randomize: bool = False,
        rphases: FloatArray | None = None,
        keep_periods: Sequence[tuple[float, float]] = (),
        residuals: FloatArray | None = None,
        ex: Any = None,
        rng: RngLike = None,
    ) -> Simulation:
        """Simulate once.

        The terms of the scenario act on the primary variable, in its unit. For several primaries a term is a mapping
        from their names, or a sequence with one entry for each.

        Parameters
        ----------
        T : int, optional
            Number of days; by default the length of the record, or of `residuals`.
        start, start_str : date, optional
            First day, under either name; by default that of the record.
        theta_incr : float or sequence of 12, optional
            Change of the primary variable's mean, or 12 monthly ones.
        theta_grad : float, optional
            Change of the mean that is reached linearly at the end.
        mean_arrival, disturbance_std : float, optional
            Mean length in days, and size, of episodes above and below normal; both or none.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day; one with a calendar is looked up by date.
        var_factor : float, optional
            Factor of the primary's deviations from its mean.
        rain_factor : float or sequence of 12, optional
            Factor of the amounts of precipitation.
        fixed_variables : sequence of str, or mapping of str to array, shape (T,)
            Names of variables that do not follow the primary; or their values, given which the others are drawn.
        primary_var : str or sequence of str, optional
            Primary variables; by default that of the generator.
        scenario : Scenario or sequence of Scenario
            The same terms as values; those given as keywords come on top.
        phase_randomize : bool
            Drive the simulation by the residuals of the record with random phases.
        rphases : array, optional
            `rphases` of an earlier result of the same length, to change the scenario but not the randomness.
        keep_periods : sequence of (shortest, longest)
            Bands of periods in days that keep the phases of the record.
        residuals : array, optional
            What drives the simulation; `model.residuals` gives the record back.
        ex : array, mapping, Series, DataFrame, DataArray or callable, optional
            External variables on the simulated days, if the model was fitted with some.
        rng : Generator, SeedSequence, int or None
            Source of all randomness; None draws fresh entropy, recorded in the result.

        Returns
        -------
        Simulation
            Unpacks as `times, data`.

        Raises
        ------
        DataError, ScenarioError, RngError
            If the days, the scenario or the source of randomness cannot be used, or options exclude each other.
        """
        generator = front_door(rng, caller="VarWG.simulate()")
        terms = {
            "theta_incr": theta_incr,
            "theta_grad": theta_grad,
            "mean_arrival": mean_arrival,
            "disturbance_std": disturbance_std,
            "climate_signal": climate_signal,
            "var_factor": var_factor,
            "rain_factor": rain_factor,
        }
        asked = {name: value for name, value in terms.items() if value is not None}
        given: Mapping[str, Any] = fixed_variables if isinstance(fixed_variables, Mapping) else {}
        if not given:
            asked["fixed_variables"] = fixed_variables
        if T is None and residuals is not None:
            T = np.shape(residuals)[-1]
        return simulate(
            self.model,
            self._times(T, start, start_str),
            rng=generator,
            scenario=self._scenarios(primary_var, asked, scenario_values(scenario)),
            given=given,
            phase_randomize=phase_randomize,
            rphases=rphases,
            keep_periods=keep_periods,
            residuals=residuals,
            ex=ex,
        )

    def disaggregate(
        self,
        simulation: Simulation,
        *,
        archive: HourlyArchive | None = None,
        window: int = HOURLY_WINDOW,
        rng: RngLike = None,
    ) -> HourlySimulation:
        """Sub-daily values whose daily means (sums, extremes) are the simulated days.

        Every day gets the course of an observed day that resembles it and goes with the day before at midnight. The days
        stay as they are.

        Parameters
        ----------
        simulation : Simulation
            What `simulate`, `infill` or `resample` returned.
        archive : HourlyArchive, optional
            Observed courses of days, `HourlyArchive.of(observations)`; by default those of the observations that the model
            was fitted to, if these were sub-daily.
        window : int
            Half-width in days of the season that courses come from.
        rng : Generator, SeedSequence, int or None
            Source of all choices; None draws fresh entropy, recorded in the result.

        Returns
        -------
        HourlySimulation
            Unpacks as `times, data`.

        Raises
        ------
        DataError
            If the observations were daily and no archive is given, or the archive has other variables.
        """
        generator = front_door(rng, caller="VarWG.disaggregate()")
        courses = self.model.archive if archive is None else archive
        return _simulation(simulation).disaggregate(archive=courses, window=window, rng=generator)

    def predict(self, T: int = 1, *, ex: Any = None) -> Forecast:
        """Medians of the `T` days after the record, given their external variables if the model has some."""
        return prediction.predict(self.model, T, ex=ex)

    def predict_ensemble(self, T: int = 1, n_members: int = 100, *, ex: Any = None, rng: RngLike = None) -> Forecast:
        """Possible courses of the `T` days after the record, shape (n_members, K, T); `ex` as for `predict`."""
        generator = front_door(rng, caller="VarWG.predict_ensemble()")
        return prediction.predict_ensemble(self.model, T, n_members, ex=ex, rng=generator)

    def infill(self, *, linear_up_to: int = 0, rng: RngLike = None) -> Simulation:
        """The record with its gaps filled, those of up to `linear_up_to` days linearly (see `varwg._record.infill`)."""
        generator = front_door(rng, caller="VarWG.infill()")
        return record.infill(self.model, self.observations, rng=generator, linear_up_to=linear_up_to)

    def resample(
        self,
        T: int | None = None,
        *,
        p: int = 1,
        window: int = WINDOW,
        start: object = None,
        start_str: str | None = None,
        scenario: Scenario | None = None,
        rng: RngLike = None,
    ) -> Simulation:
        """A series of whole observed days, drawn by the likeness of the `p` days before (see `varwg._record.resample`)."""
        generator = front_door(rng, caller="VarWG.resample()")
        times = self._times(T, start, start_str)
        return record.resample(self.model, self.observations, times, rng=generator, order=p, window=window, scenario=scenario)

    def random_dryness(
        self, simulation: Simulation, *, spells_per_year: float, mean_length: float, rng: RngLike = None
    ) -> Simulation:
        """A simulation with dry spells put into its precipitation at random (see `varwg.rain.random_dryness`)."""
        generator = front_door(rng, caller="VarWG.random_dryness()")
        return record.random_dryness(
            self.model, _simulation(simulation), spells_per_year=spells_per_year, mean_length=mean_length, rng=generator
        )

    def to_df(self, kind: str = "daily input") -> pd.DataFrame:
        """A DataFrame with one column per variable, indexed by time.

        Parameters
        ----------
        kind : {"daily input", "hourly input", "scores"}
            The daily observations, the sub-daily ones they were made from, or the normal scores of the fit. Results of
            `simulate` and the like are values with a `to_df` of their own.

        Raises
        ------
        DataError
            If there is no such table.
        FitError
            If scores are asked for before `fit`.
        """
        if kind == "scores":
            return frame(self.model.times, self.model.scores(), self.var_names)
        source = {"daily input": self.observations, "hourly input": self.observations.hourly}.get(kind)
        if source is None:
            available = ["daily input", *["hourly input"] * (self.observations.hourly is not None), "scores"]
            raise DataError(
                f"there is no table of kind {kind!r}, only {', '.join(available)}; for output call to_df() of the result."
            )
        return frame(source.times, source.values[0], source.names)

    def plot(self, simulated: Any = None) -> Pictures:
        """Pictures as methods, of a simulation or several of them beside the observations, and of the fitted model.

        Parameters
        ----------
        simulated : Simulation, HourlySimulation or sequence of them, optional
            What `simulate` or `disaggregate` returned; not needed for pictures of observations and model. Hours are drawn
            beside hourly observations.

        Returns
        -------
        varwg.plotting.Pictures
            `wg.plot(result).qq("R")`, `wg.plot(result).meteogram()`, ...: each method returns figure and axes.
        """
        from varwg.plotting import Pictures

        first = simulated[0] if isinstance(simulated, Sequence) and simulated else simulated
        hourly = self.observations.hourly if isinstance(first, HourlySimulation) else None
        return Pictures(simulated, self.observations if hourly is None else hourly, model=self._model)

    def to_dataset(self) -> xr.Dataset:
        """The checked observations as a tidy CF Dataset."""
        return self.observations.to_dataset()

    def __repr__(self) -> str:
        return describe_observations(self.observations, title=f"VarWG, {self._state()}")

    def _repr_html_(self) -> str:
        return observations_html(self.observations, title=f"VarWG, {self._state()}")

    def _state(self) -> str:
        return "fitted" if self._model else "not fitted"

    def _times(self, n_days: int | None, start: object, start_str: str | None) -> TimeArray:
        if start is not None and start_str is not None:
            raise DataError(f"start ({start}) and start_str ({start_str}) are two names of one thing: give one of them.")
        first = start if start_str is None else start_str
        model = self.model
        return daily_times(model.first_day if first is None else first, model.n_days if n_days is None else n_days)

    def _scenarios(
        self, primary_var: str | Sequence[str] | None, terms: Mapping[str, Any], values: tuple[Scenario, ...]
    ) -> tuple[Scenario, ...]:
        if not isinstance(primary_var, (str, Sequence, type(None))):
            raise ScenarioError(f"primary_var is {primary_var!r}, but the name of a variable, or several, is expected.")
        primaries = (primary_var,) if isinstance(primary_var, str) else tuple(primary_var or ())
        for name in primaries:
            self._checked_primary(name)
        asked = scenarios_of(self.observations.stations, primaries or ("",), terms)
        return combined(asked + values, self.primary_var)

    def _checked_primary(self, primary_var: str | None) -> str:
        names = self.observations.names
        if primary_var is None:
            return names[default_primary(self.observations.variables)]
        if primary_var not in names:
            raise ScenarioError(f"primary_var is {primary_var!r}, but the observations have {', '.join(names)}: name one.")
        return primary_var


def _simulation(value: Any) -> Simulation:
    """`value` if it is a simulation of days."""
    if isinstance(value, Simulation):
        return value
    raise DataError(
        f"a {type(value).__name__} is given, but a Simulation of days is expected: what simulate() and the like return."
    )
