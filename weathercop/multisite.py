"""Multisite, the class users meet: observations in, a fitted model, simulations and ensembles out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xarray as xr

from varwg.arrays import FloatArray
from varwg.errors import FitError
from varwg.observations import Observations, read_observations
from varwg.scenario import Increment, Scenario
from varwg.streams import RngLike, Seed, front_door
from varwg.variables import Variable
from weathercop import ensemble as ensembles
from weathercop import simulation
from weathercop.fitting import STAGES, StageCallback, fit_model
from weathercop.model import MultisiteModel
from weathercop.pairing import PhaseSource, planned_days


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

    def simulate(
        self,
        *,
        rng: RngLike = None,
        sim_times: object = None,
        start: object = None,
        n_days: int | None = None,
        theta_incr: Increment = None,
        rphases: xr.DataArray | FloatArray | None = None,
    ) -> simulation.SimResult:
        """Simulate once.

        Parameters
        ----------
        rng : Generator, SeedSequence, int or None
            Source of all randomness; None draws fresh entropy, recorded in the result.
        sim_times : array of dates, optional
            Consecutive days to simulate.
        start, n_days : date and int, optional
            The same in other words; by default the first day and the length of the record.
        theta_incr : float, sequence, mapping or array, optional
            Change of the primary variable's mean in its unit: one number, one per station, 12 monthly values, or an
            array (stations, 12).
        rphases : array, optional
            `rphases` of an earlier result of the same length, to change the scenario but not the randomness.

        Returns
        -------
        SimResult
            `sim_sea` (physical values), `sim_trans` (normal scores) and `rphases`.

        Raises
        ------
        DataError, ScenarioError, RngError
            If the days, the scenario or the source of randomness cannot be used.
        """
        generator = front_door(rng, caller="Multisite.simulate()")
        times = simulation.calendar(self.model, sim_times, start=start, n_days=n_days)
        return simulation.simulate(self.model, times, rng=generator, theta_incr=theta_incr, rphases=rphases)

    def simulate_ensemble(
        self,
        n_members: int,
        *,
        seed: Seed = None,
        phases_from: PhaseSource | None = None,
        out_dir: str | Path | None = None,
        sim_times: object = None,
        start: object = None,
        n_days: int | None = None,
        theta_incr: Increment = None,
        executor: Executor | None = None,
        n_workers: int | None = None,
        progress: ensembles.Progress = None,
        dtype: str = "float64",
        engine: str = "netcdf4",
        compression: int = 0,
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
        sim_times, start, n_days, theta_incr
            As for `simulate`; the days are those of `phases_from` by default, where it is given.
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
        """
        return ensembles.simulate_ensemble(
            self.model,
            n_members,
            self._plan(sim_times, start, n_days, theta_incr, phases_from),
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
        sim_times: object = None,
        start: object = None,
        n_days: int | None = None,
        theta_incr: Increment = None,
        executor: Executor | None = None,
        n_workers: int | None = None,
        progress: ensembles.Progress = None,
    ) -> Iterator[xr.DataArray]:
        """The members of `simulate_ensemble` one after the other, for any other use than files of one member each.

        Parameters
        ----------
        n_members, seed, phases_from, sim_times, start, n_days, theta_incr, executor, n_workers, progress
            As for `simulate_ensemble`.

        Yields
        ------
        xarray.DataArray, dims (station, variable, time)
            Member 0, 1, 2, ..., with its number as the coordinate `realization` and its seed in the attributes. A
            few per worker are under way at a time, and nothing is kept.

        Raises
        ------
        MemberError
            If a member fails.
        """
        return ensembles.iter_members(
            self.model,
            n_members,
            self._plan(sim_times, start, n_days, theta_incr, phases_from),
            seed=seed,
            phases_from=phases_from,
            executor=executor,
            n_workers=n_workers,
            progress=progress,
        )

    def _plan(
        self, sim_times: object, start: object, n_days: int | None, theta_incr: Increment, phases_from: PhaseSource | None
    ) -> simulation.Plan:
        """Days and scenario of an ensemble."""
        times = planned_days(self.model, sim_times, start=start, n_days=n_days, phases_from=phases_from)
        scenario = Scenario.of(self.model.stations, theta_incr=theta_incr)
        return simulation.Plan.of(self.model, times, scenario=scenario)

    def __repr__(self) -> str:
        stations, variables = self.observations.stations, self.observations.variables
        state = "fitted" if self._model else "not fitted"
        return (
            f"<Multisite: {len(stations)} stations ({', '.join(stations)}), "
            f"{', '.join(v.name for v in variables)}, {self.observations.times.size} days, {state}>"
        )


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
