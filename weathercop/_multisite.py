"""Multisite, the class users meet: observations in, a fitted model, simulations and ensembles out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import xarray as xr

from varwg._arrays import FloatArray
from varwg._description import describe_observations, observations_html
from varwg._disaggregation.archive import WINDOW
from varwg._observations import Observations, read_observations
from varwg._variables import Variable
from varwg.errors import FitError, ScenarioError
from varwg.streams import RngLike, Seed, front_door
from weathercop import _simulation as simulation
from weathercop._external import ExternalModel, fit_external
from weathercop._fit import STAGES, StageCallback, fit_model
from weathercop._model import MultisiteModel
from weathercop._plan import PlanOptions
from weathercop.ensembles import _ensemble as ensembles
from weathercop.ensembles._pairing import PhaseSource, planned

if TYPE_CHECKING:
    from weathercop.plotting import Pictures


class Multisite:
    """A multi-site weather generator.

    Parameters
    ----------
    data : xarray.Dataset, pandas.DataFrame, path or Observations
        Observed weather; a Dataset has one data variable per quantity with dims (station, time), each with a unit.
        Sub-daily values are aggregated to days.
    primary_var : str, optional
        Variable that scenarios act on, and root of the vine; theta by default, or the first where there is no theta.
    variables : sequence of str or Variable, optional
        Which variables to use, and how where the defaults do not suit; all by default.
    stations : sequence of str, optional
        Which stations to use; all by default.

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

    def __init__(
        self,
        data: Any,
        *,
        primary_var: str | None = None,
        variables: Sequence[str | Variable] | None = None,
        stations: Sequence[str] | None = None,
    ) -> None:
        self.observations: Observations = read_observations(data, variables=variables, stations=stations)
        self.primary_var = primary_var
        self._model: MultisiteModel | None = None

    @property
    def model(self) -> MultisiteModel:
        """The fitted model, an immutable value.

        Raises
        ------
        FitError
            Before `fit`.
        """
        if self._model is None:
            raise FitError("the generator is not fitted yet: call fit(rng=numpy.random.default_rng(seed)) first.")
        return self._model

    def fit(self, *, rng: RngLike = None, per_station: bool = True, progress: bool | StageCallback | None = None) -> Multisite:
        """Estimate the model.

        Parameters
        ----------
        rng : Generator, SeedSequence, int or None
            Source of the latent scores of dry days and gaps; None draws fresh entropy, recorded with the model.
        per_station : bool
            Whether each station has copulas of its own (in a vine of the same structure), or all share one vine.
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
                primary_var=self.primary_var,
                per_station=per_station,
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

    def simulate(
        self,
        *,
        rng: RngLike = None,
        rphases: xr.DataArray | FloatArray | None = None,
        **options: Unpack[PlanOptions],
    ) -> simulation.SimResult:
        """Simulate once.

        Parameters
        ----------
        rng : Generator, SeedSequence, int or None
            Source of all randomness; None draws fresh entropy, recorded in the result.
        rphases : array, optional
            `rphases` of an earlier result of the same length, to change the scenario but not the randomness.
        sim_times : array of dates, optional
            Consecutive days to simulate.
        start, n_days : date and int, optional
            The same in other words; by default the first day and the length of the record.
        theta_incr : float, sequence, mapping or array, optional
            Change of the primary variable's mean in its unit: one number, one per station, 12 monthly values, or an
            array (stations, 12).
        theta_grad : float, sequence or mapping, optional
            Change of the mean that is reached linearly at the end.
        mean_arrival, disturbance_std : float, optional
            Mean length in days, and size, of episodes above and below normal, the same at all stations; both or none.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day; one with a calendar (or `signal_start`) is looked up by date.
        var_factor : float, optional
            Factor of the primary's deviations from its mean.
        rain_factor : float or sequence of 12, optional
            Factor of the amounts of precipitation.
        fixed_variables : sequence of str, optional
            Variables that do not follow the primary.
        primary_var : str or sequence of str, optional
            Variables that the terms above act on, by default that of the generator. For several, each term is a mapping
            from their names or a sequence with one entry for each.
        scenario : Scenario or sequence of Scenario, optional
            The same terms as values; those given as keywords come on top.
        conditions : Condition, several, or Conditioning, optional
            What the realisation has to meet, such as `YearlyBounds`; phases of long periods are adjusted until it does.
        keep_periods : sequence of (shortest, longest), optional
            Bands of periods in days that keep the phases of the record.
        amplitude_width : int, optional
            Neighbouring frequencies that amplitudes are drawn from, so that realisations do not share those of the record.
        stretch : int, optional
            Cut the realisation from one that is as many times as long; with 2 or more, means over all days vary freely.
        heat_waves : HotterHeatWaves, optional
            What is done to heat waves.

        Returns
        -------
        SimResult
            `sim_sea` (physical values), `sim_trans` (normal scores) and `rphases`.

        Raises
        ------
        DataError, ScenarioError, RngError
            If the days, what is asked for or the source of randomness cannot be used.
        TypeError
            If there is no such keyword.
        """
        generator = front_door(rng, caller="Multisite.simulate()")
        if options.get("disaggregate"):
            raise ScenarioError("simulate gives days only: pass its result to disaggregate, or simulate an ensemble.")
        return simulation.simulate(self.model, rng=generator, rphases=rphases, **options)

    def disaggregate(
        self, result: simulation.SimResult | xr.DataArray, *, window: int = WINDOW, rng: RngLike = None
    ) -> xr.DataArray:
        """Hourly values (or those of any other step that the observations have) of a simulation.

        Days get the course of observed days of the same season that are like them, the same for all stations and
        variables, in such a way that daily values stay what they are.

        Parameters
        ----------
        result : SimResult or DataArray with dims (station, variable, time)
            A simulation of this generator, or a member of an ensemble.
        window : int
            Half-width in days of the season that observed days come from.
        rng : Generator, SeedSequence, int or None
            Source of the choice among days like a simulated one. With the generator that a member was simulated with
            in the state it had before, these are the hours that `simulate_ensemble` writes.

        Returns
        -------
        xarray.DataArray, dims (station, variable, time)

        Raises
        ------
        ScenarioError
            If the generator was not fitted to sub-daily observations.
        DataError
            If the result is not one of this generator.
        """
        generator = front_door(rng, caller="Multisite.disaggregate()")
        daily = result.sim_sea if isinstance(result, simulation.SimResult) else result
        return simulation.disaggregated(self.model, daily, window=window, rng=generator)

    def simulate_ensemble(
        self,
        n_members: int,
        *,
        seed: Seed = None,
        phases_from: PhaseSource | None = None,
        out_dir: str | Path | None = None,
        executor: Executor | None = None,
        n_workers: int | None = None,
        progress: ensembles.Progress = None,
        dtype: str = "float64",
        engine: str = "netcdf4",
        compression: int = 0,
        **options: Unpack[PlanOptions],
    ) -> xr.DataArray:
        """Simulate an ensemble, in parallel and the same bits on any executor.

        Parameters
        ----------
        n_members : int
            Number of members.
        seed : int, sequence of int or SeedSequence, optional
            Member i is `simulate(rng=weathercop.realization_rng(i, seed))`; without a seed it is `SeedSequence(i)`.
        phases_from : str, Path or DataArray, optional
            Another ensemble of this model, or its directory: member i draws what its member i drew, so that the two
            differ by the scenario alone (and by the days, if others are given: as many as there). In place of `seed`.
        out_dir : str or Path, optional
            Directory for one NetCDF file per member; a run that was interrupted is resumed. None keeps all in memory.
        executor : concurrent.futures.Executor, optional
            An instance of any executor (threads, processes, dask's `Client.get_executor()`, loky, MPI); only its
            `submit` is used, and it is not shut down.
        n_workers : int, optional
            Threads of an own pool, by default one per core.
        progress : bool or callable, optional
            A bar: on a terminal only by default; a callable is given the numbers of finished and of all members.
        dtype : {"float64", "float32"}
            How values are stored; float32 halves the files and gives up bit-identity with `simulate`.
        engine : {"netcdf4", "scipy"}
            Which library writes; "scipy" makes classic NetCDF files without compression.
        compression : int
            zlib level of the netcdf4 engine, 0 for none; on values in full precision it saves a sixth of the space and
            takes as long as simulating them.
        disaggregate : bool or {"window": days}
            Write hourly values as well, to a file of their own beside each daily one (see `open_ensemble`); only for a
            generator that was fitted to hourly observations.
        sim_times, start, n_days, theta_incr, ...
            All keywords that `simulate` has; the days are those of `phases_from` by default, where it is given.

        Returns
        -------
        xarray.DataArray, dims (realization, station, variable, time)
            In memory, or opened lazily from `out_dir`.

        Raises
        ------
        StoreError
            If `out_dir` cannot be written, holds another ensemble, or is in use.
        MemberError
            If a member fails; finished members stay and the call can be repeated.
        TypeError
            If there is no such keyword.
        """
        return ensembles.simulate_ensemble(
            self.model,
            n_members,
            planned(self.model, options, phases_from=phases_from),
            seed=seed,
            phases_from=phases_from,
            out_dir=out_dir,
            executor=executor,
            n_workers=n_workers,
            progress=progress,
            dtype=dtype,
            engine=engine,
            compression=compression,
        )

    def iter_members(
        self,
        n_members: int,
        *,
        seed: Seed = None,
        phases_from: PhaseSource | None = None,
        executor: Executor | None = None,
        n_workers: int | None = None,
        progress: ensembles.Progress = None,
        **options: Unpack[PlanOptions],
    ) -> Iterator[xr.DataArray]:
        """The members of `simulate_ensemble` one after the other, for any other use than files of one member each.

        Parameters
        ----------
        n_members, seed, phases_from, executor, n_workers, progress
            As for `simulate_ensemble`.
        sim_times, start, n_days, theta_incr, disaggregate, ...
            As for `simulate_ensemble`.

        Yields
        ------
        xarray.DataArray, dims (station, variable, time)
            Member 0, 1, 2, ..., with its number as the coordinate `realization` and its seed in the attributes; hourly
            values where they are asked for. A few per worker are under way at a time, and nothing is kept.

        Raises
        ------
        MemberError
            If a member fails.
        TypeError
            If there is no such keyword.
        """
        return ensembles.iter_members(
            self.model,
            n_members,
            planned(self.model, options, phases_from=phases_from),
            seed=seed,
            phases_from=phases_from,
            executor=executor,
            n_workers=n_workers,
            progress=progress,
        )

    def plot(self, simulated: Any = None, *, station: str | None = None) -> Pictures:
        """Pictures as methods, of a simulation or an ensemble beside the observations and of the fitted model.

        Parameters
        ----------
        simulated : SimResult or xarray.DataArray, optional
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

    def __repr__(self) -> str:
        return describe_observations(self.observations, title=f"Multisite, {self._state()}")

    def _repr_html_(self) -> str:
        return observations_html(self.observations, title=f"Multisite, {self._state()}")

    def _state(self) -> str:
        return "fitted" if self._model else "not fitted"


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
