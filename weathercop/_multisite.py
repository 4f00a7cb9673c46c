"""Multisite, the class users meet: observations in, a fitted model, simulations and ensembles out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import xarray as xr

from varwg._arguments import answering_old_keywords
from varwg._disaggregation.days import WINDOW
from varwg._generator import WeatherGenerator, one_of_two
from varwg._observations import read_observations
from varwg._observations.reading import PerStation
from varwg._request import Archive
from varwg._simulated import Simulation
from varwg._variables import Variable
from varwg.marginals._fit import FOURIER_ORDER, SEASON_WINDOW
from varwg.streams import RngLike, front_door
from weathercop import _simulation as simulation
from weathercop._external import ExternalModel, fit_external
from weathercop._fit import STAGES, StageCallback, VineKind, fit_model
from weathercop._model import MultisiteModel

if TYPE_CHECKING:
    from weathercop.plotting import Pictures


class Multisite(WeatherGenerator[MultisiteModel]):
    """A multi-site weather generator.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, path or Observations
        Observed weather; a Dataset has one data variable per quantity with dimensions (station, time), each with a unit.
        Sub-daily values are aggregated to days.
    primary_var : str, optional
        Variable that scenarios act on, and root of the vine; theta by default, or the first where there is no theta. Where a
        station does not report it, the other variables there depend on that of the station that is most like it.
    variables : sequence of str or Variable, optional
        Which variables to use, and how where the defaults do not suit; all by default.
    stations : sequence of str, optional
        Which stations to use; all by default.
    units : mapping of str to str, optional
        Units of variables, before those the data declare.
    latitude, longitude, elevation : float, sequence or mapping, optional
        Degrees and metres, before those in the data. The latitude bounds radiation and sunshine.
    var_names : sequence of str or Variable, optional
        The name of `variables` in `varwg.VarWG`.

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
    >>> import numpy as np, weathercop
    >>> wc = weathercop.Multisite(weathercop.example_dataset()).fit(rng=np.random.default_rng(1))
    >>> result = wc.simulate(rng=np.random.default_rng(2), theta_incr=2.0)
    >>> result.sim_sea.dims
    ('station', 'variable', 'time')
    """

    @answering_old_keywords
    def __init__(
        self,
        data: Any,
        *,
        primary_var: str | None = None,
        variables: Sequence[str | Variable] | None = None,
        stations: Sequence[str] | None = None,
        units: Mapping[str, str] | None = None,
        latitude: PerStation | None = None,
        longitude: PerStation | None = None,
        elevation: PerStation | None = None,
        var_names: Sequence[str | Variable] | None = None,
    ) -> None:
        self._begin(
            read_observations(
                data,
                variables=one_of_two("variables", variables, "var_names", var_names),
                stations=stations,
                units=units,
                latitude=latitude,
                longitude=longitude,
                elevation=elevation,
            ),
            primary_var,
        )

    @answering_old_keywords
    def fit(
        self,
        *,
        rng: RngLike = None,
        per_station: bool = True,
        vine: VineKind = "c",
        families: Iterable[str] | None = None,
        window: int = SEASON_WINDOW,
        harmonics: int = FOURIER_ORDER,
        trend: Any = None,
        n_workers: int | None = None,
        progress: bool | StageCallback | None = None,
    ) -> Multisite:
        """Estimate the model.

        Parameters
        ----------
        rng : Generator, SeedSequence, int or None
            Source of the latent scores of dry days and gaps; None draws fresh entropy, recorded with the model.
        per_station : bool
            Whether each station has copulas of its own (in a vine of the same structure), or all share one vine.
        vine : {"c", "d", "r"}
            Canonical (a root that all others are paired with), drawable (a path) or regular (the strongest pairs); all begin with
            the primary variable.
        families : iterable of str, optional
            Names of copulas to choose from; by default six for each station, which the others never beat by more than a hair at
            European stations, or all for a vine that stations share.
        window, harmonics : int
            Half-width in days of the windows, and number of harmonics, of all that has a season: distributions and copulas.
        n_workers : int, optional
            Threads, by default one per core and at most four; the model does not depend on it.
        trend : "linear", or mapping or Series of int to float, optional
            What the climate of the record changes with: time, or a value for each year of a covariate such as the global
            temperature. What is significant is taken out and put back by `simulate(trend=...)`; of rain, of its frequency and of
            its amounts. Without it the record is taken as it is.
        progress : bool or callable, optional
            A bar over the stages: on a terminal only by default; a callable is told the name of each stage.

        Returns
        -------
        Multisite
            Itself, with `model` set.

        Raises
        ------
        FitError
            If a part of the model cannot be estimated.
        """
        generator = front_door(rng, caller="Multisite.fit()")
        with _stages(progress) as on_stage:
            self._model = fit_model(
                self.observations,
                primary_var=self._primary_var,
                per_station=per_station,
                vine=vine,
                families=families,
                window=window,
                harmonics=harmonics,
                trend=trend,
                n_workers=n_workers,
                rng=generator,
                on_stage=on_stage,
            )
        return self

    def fit_external(self, data: Any, *, variables: Sequence[str | Variable] | None = None, rng: RngLike = None) -> ExternalModel:
        """Fit further variables that have no place among those of the weather: a river's flow, an index, at any stations.

        They go with the weather as they did in the record, at all lags, and have their own distributions; the weather does
        not depend on them, and scenarios do not move them. What is kept is the correlation of normal scores, so that a
        correlation with amounts of rain comes out smaller (by half, where a river follows the rain of some days).
        `wc.fit_external(flow).simulate(result)` gives those that belong to a simulation.

        Parameters
        ----------
        data : xarray.Dataset, pandas.DataFrame, path or Observations
            Daily values on at least half of the days that the generator was fitted to.
        variables : sequence of str or Variable, optional
            Which variables to use, and how where the defaults do not suit.
        rng : Generator, SeedSequence, int or None
            Source of what fills gaps; None draws fresh entropy.

        Raises
        ------
        FitError
            Before `fit`, or if a series is too short or its distribution cannot be estimated.
        """
        generator = front_door(rng, caller="Multisite.fit_external()")
        return fit_external(self.model, read_observations(data, variables=variables), rng=generator)

    @answering_old_keywords
    def disaggregate(
        self, result: Simulation | xr.DataArray, *, archive: Archive = None, window: int = WINDOW, rng: RngLike = None
    ) -> xr.DataArray:
        """Hourly values (or those of any other step that the observations have) of a simulation.

        Days get the course of observed days of the same season that are like them, the same for all stations and
        variables, in such a way that daily values stay what they are.

        Parameters
        ----------
        result : Simulation or DataArray with dimensions (station, variable, time)
            A simulation of this generator, or a member of an ensemble.
        archive : HourlyArchive, Observations, path or "formula", optional
            Hours of other stations that courses come from: of stations with the same names, or of one for all; variables
            that they lack, or with "formula" all, get courses by formula. By default those of the observations.
        window : int
            Half-width in days of the season that observed days come from.
        rng : Generator, SeedSequence, int or None
            Source of the choice among days like a simulated one. With the generator that a member was simulated with
            in the state it had before, these are the hours that `simulate_ensemble` writes.

        Returns
        -------
        xarray.DataArray, dimensions (station, variable, time)

        Raises
        ------
        ScenarioError
            If the generator was not fitted to sub-daily observations and there is no archive.
        DataError
            If the result is not one of this generator, or the archive does not fit.
        """
        generator = front_door(rng, caller="Multisite.disaggregate()")
        daily = result.sim_sea if isinstance(result, Simulation) else result
        return simulation.disaggregated(self.model, daily, archive=archive, window=window, rng=generator)

    def at_places(self, result: Simulation | xr.DataArray, places: Any, *, rng: RngLike = None) -> xr.DataArray:
        """Weather of a simulation or an ensemble where no station is.

        Normal scores are kriged from the stations (ordinary kriging with an exponential correlation over distance, fitted to
        the model by variable); what they lack in variance then is noise with that correlation in space, the memory of the
        variable, and the correlation of the variables of a day. Distributions are those of the nearest stations, mixed quantile
        by quantile with inverse squared distances, and moved by a regression of their means (of logarithms of means, for
        amounts) on elevation where that makes stations that are left out better. As many days are dry as the stations have on
        that average, and amounts get as much noise of their own as makes stations that are left out as unlike their neighbours
        as they are, because where it rains is alike over longer distances than how much. A place at a station has its weather.

        Parameters
        ----------
        result : Simulation or DataArray
            What `simulate`, `simulate_ensemble` or `open_ensemble` returned: days, not hours.
        places : mapping, DataFrame or Dataset
            Names and (latitude, longitude) or (latitude, longitude, elevation); a table with such columns; or a Dataset with a
            dim station, or on a grid, whose cells without elevation are left out. Degrees and metres.
        rng : Generator, SeedSequence, int or None
            Source of the noise; None draws fresh entropy.

        Returns
        -------
        DataArray, dimensions (realization, station, variable, time) or (station, variable, time)
            Stations are the places; of a grid, `weathercop.as_grid` gives the layout back. The coordinate `mean_error` is the
            root mean square error of the means at stations that are left out, in the unit of each variable.

        Raises
        ------
        FitError
            Before `fit`.
        DataError
            If a place or a station has no coordinates, a variable is reported at one station only, or the result is not one of
            this generator.
        """
        from weathercop._places import at_places

        return at_places(self.model, result, places, rng=front_door(rng, caller="Multisite.at_places()"))

    def leave_one_out(self, *, rng: RngLike = None) -> xr.Dataset:
        """How far off `at_places` is: each station made of the others, and compared with what was observed there.

        Parameters
        ----------
        rng : Generator, SeedSequence, int or None
            Source of the simulation and the noise; None draws fresh entropy.

        Returns
        -------
        Dataset
            `observed`, `interpolated` and their difference `error`, dimensions (statistic, station, variable), and `rmse` over
            the stations: mean, standard deviation, share of wet days, 95th percentile, correlation from day to day and with the
            nearest station.

        Raises
        ------
        FitError
            Before `fit`.
        DataError
            If a station has no coordinates, or a variable is reported at fewer than three stations.
        """
        from weathercop._places import leave_one_out

        return leave_one_out(self.model, self.observations, rng=front_door(rng, caller="Multisite.leave_one_out()"))

    def plot(self, simulated: Any = None, *, station: str | None = None) -> Pictures:
        """Pictures as methods, of a simulation or an ensemble beside the observations and of the fitted model.

        Parameters
        ----------
        simulated : Simulation or xarray.DataArray, optional
            What `simulate` or `simulate_ensemble` returned; not needed for pictures of observations and model.
        station : str, optional
            Station of the pictures of one station; the first by default.

        Returns
        -------
        weathercop.plotting.Pictures
            `wc.plot(ensemble).qq("R")`, `wc.plot().vine_trees()`, ...: each method returns figure and axes.
        """
        from weathercop.plotting import Pictures

        return Pictures(simulated, self.observations, station=station, model=self._model)


@contextmanager
def _stages(progress: bool | StageCallback | None) -> Iterator[StageCallback]:
    if callable(progress):
        yield progress
        return
    from tqdm import tqdm

    with tqdm(total=len(STAGES), unit="stage", disable=None if progress is None else not progress, leave=False) as bar:

        def begin(stage: str) -> None:
            bar.set_description(stage)
            bar.update()

        yield begin
