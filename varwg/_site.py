"""VarWG, the class users meet: the observations of one station in, a fitted model and simulations out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from varwg import _prediction as prediction
from varwg import _record as record
from varwg._arguments import answering_old_keywords
from varwg._arrays import TimeArray
from varwg._disaggregation.days import WINDOW as HOURLY_WINDOW
from varwg._generator import WeatherGenerator, one_of_two
from varwg._observations import read_observations
from varwg._prediction import Forecast
from varwg._record import WINDOW
from varwg._request import Archive, Request
from varwg._simulated import HourlySimulation, Simulation, frame
from varwg._site_model import SiteModel, fit_site
from varwg._variables import Variable
from varwg.errors import DataError
from varwg.marginals._fit import FOURIER_ORDER, SEASON_WINDOW
from varwg.models._var import Criterion
from varwg.scenarios import Scenario
from varwg.streams import RngLike, front_door

if TYPE_CHECKING:
    import pandas as pd

    from varwg.plotting import Pictures


class VarWG(WeatherGenerator[SiteModel]):
    """A single-site weather generator: seasonal marginals and a vector autoregression of normal scores.

    Parameters
    ----------
    var_names : sequence of str or Variable, or None
        Variables to use, in this order; None for all. The data may be given here alone, as in `VarWG(data)`.
    data : xarray.Dataset, pandas.DataFrame, path or Observations
        Observed weather of one station, or of several of which `station` names one.
    variables : sequence of str or Variable, optional
        The name of `var_names` in `weathercop.Multisite`.
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

    @answering_old_keywords
    def __init__(
        self,
        var_names: Any,
        data: Any = None,
        *,
        variables: Sequence[str | Variable] | None = None,
        station: str | None = None,
        primary_var: str | None = None,
        units: Mapping[str, str] | None = None,
        latitude: float | None = None,
        longitude: float | None = None,
        elevation: float | None = None,
    ) -> None:
        if data is None:
            var_names, data = None, var_names
        names = one_of_two("var_names", var_names, "variables", variables)
        observations = read_observations(
            data,
            variables=[names] if isinstance(names, (str, Variable)) else names,
            stations=None if station is None else [station],
            units=units,
            latitude=latitude,
            longitude=longitude,
            elevation=elevation,
        )
        if len(observations.stations) > 1:
            raise DataError(
                f"the data has the stations {', '.join(observations.stations)}, but VarWG is a single-site generator: "
                "name one with station=..., or use weathercop.Multisite for all of them."
            )
        self._begin(observations, primary_var)

    @answering_old_keywords
    def fit(
        self,
        p: int | None = None,
        *,
        q: int = 0,
        seasonal: bool = False,
        criterion: Criterion = "bic",
        ex: Any = None,
        trend: Any = None,
        window: int = SEASON_WINDOW,
        harmonics: int = FOURIER_ORDER,
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
        trend : "linear", or mapping or Series of int to float, optional
            What the climate of the record changes with: time, or a value for each year of a covariate such as the global
            temperature. What is significant is taken out and put back by `simulate(trend=...)`; of rain, of its frequency and of
            its amounts. Without it the record is taken as it is.
        window, harmonics : int
            Half-width in days of the windows, and number of harmonics, of the seasons of distributions.
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
            self.observations,
            primary_var=self._primary_var,
            order=p,
            ma_order=q,
            seasonal=seasonal,
            criterion=criterion,
            ex=ex,
            trend=trend,
            window=window,
            harmonics=harmonics,
            rng=generator,
        )
        return self

    @answering_old_keywords
    def disaggregate(
        self,
        simulation: Simulation,
        *,
        archive: Archive = None,
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
        archive : HourlyArchive, Observations, path or "formula", optional
            Hours of another station that courses come from; variables that they lack, or with "formula" all, get courses by
            formula. By default those of the observations that the model was fitted to, if these were sub-daily.
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
            If the observations were daily and no archive is given, or the archive does not fit.
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

    def _times(self, n_days: int | None, start: object, start_str: str | None) -> TimeArray:
        return Request.of(n_days=n_days, start=start, start_str=start_str).days(self.model.first_day, self.model.n_days)


def _simulation(value: Any) -> Simulation:
    """`value` if it is a simulation of days."""
    if isinstance(value, Simulation):
        return value
    raise DataError(
        f"a {type(value).__name__} is given, but a Simulation of days is expected: what simulate() and the like return."
    )
