"""What a weather generator of one site and one of many have in common: days, scenarios, simulations, ensembles."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import xarray as xr

from varwg._arguments import answering_old_keywords, no_such_attribute
from varwg._arrays import FloatArray, TimeArray
from varwg._description import describe_observations, observations_html
from varwg._observations import Observations
from varwg._request import Archive, Bands, Conditions, Date, HeatWaves, Others, Request, Spread
from varwg._simulated import Simulation
from varwg._simulation import WeatherModel, simulated
from varwg._trend import TrendCourse
from varwg._variables import default_primary
from varwg.ensembles import _ensemble as ensembles
from varwg.ensembles._pairing import PhaseSource
from varwg.ensembles._stress import stress
from varwg.errors import DataError, FitError, ScenarioError
from varwg.scenarios._scenario import Fixed, Increment, Scenario
from varwg.streams import RngLike, Seed, front_door

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=WeatherModel)


class WeatherGenerator(Generic[ModelT]):
    """Observations, the model that `fit` makes of them, and what is simulated with it.

    Attributes
    ----------
    observations : Observations
        The checked observations; immutable.
    """

    observations: Observations
    _primary_var: str | None
    _model: ModelT | None

    def _begin(self, observations: Observations, primary_var: str | None) -> None:
        """Take observations, and the name of a primary variable among them."""
        if primary_var is not None and primary_var not in observations.names:
            raise ScenarioError(
                f"primary_var is {primary_var!r}, but the observations have {', '.join(observations.names)}: name one of these."
            )
        self.observations = observations
        self._primary_var = primary_var
        self._model = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            raise no_such_attribute(self, name)

    @property
    def model(self) -> ModelT:
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
    def primary_var(self) -> str:
        """Name of the variable that scenarios act on where they name none."""
        if self._primary_var is not None:
            return self._primary_var
        return self.observations.names[default_primary(self.observations.variables)]

    @property
    def var_names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return self.observations.names

    @property
    def stations(self) -> tuple[str, ...]:
        """Names of the stations."""
        return self.observations.stations

    @answering_old_keywords
    def simulate(
        self,
        n_days: int | None = None,
        *,
        rng: RngLike = None,
        rphases: xr.DataArray | FloatArray | None = None,
        # spelled out: single signature
        start: Date = None,
        times: TimeArray | Sequence[Any] | None = None,
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

        The terms of the scenario act on the primary variable, in its unit.

        Parameters
        ----------
        rng : Generator, SeedSequence, int or None
            Source of all randomness; None draws fresh entropy, recorded in the result.
        rphases : array, optional
            `rphases` of an earlier result of the same length, to change the scenario but not the randomness.
        n_days : int, optional
            Number of days; by default the length of the record. Unit: d.
        start : date, optional
            First day; by default that of the record.
        times : array of dates, optional
            Consecutive days to simulate, in place of `start` and `n_days`.
        theta_incr : float, sequence, mapping or array, optional
            Change of the mean of the primary variable: one number, one per station, 12 monthly, or an array (stations,
            12). Unit: that of the primary variable.
        theta_grad : float, sequence or mapping, optional
            Change of that mean that is reached linearly at the end: one number, or one per station. Unit: that of the
            primary variable.
        mean_arrival : float, optional
            Mean length of episodes above and below normal, the same at all stations; together with `disturbance_std`.
            Unit: d.
        disturbance_std : float, optional
            Size of these episodes; together with `mean_arrival`. Unit: that of the primary variable.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day, for all stations or (stations, days); one with a calendar is looked up by
            date. Unit: that of the primary variable.
        signal_start : date, optional
            First day of a `climate_signal` that is a plain array.
        var_factor : float, optional
            Factor of the primary's deviations from its mean.
        rain_factor : float or sequence of 12, optional
            Factor of the amounts of precipitation on wet days.
        changes : mapping, path or ChangeFactors, optional
            Changes of distributions by variable, such as {'theta': {'mean': 2.0, 'sd_factor': 1.1}, 'R':
            {'wet_day_factor': 0.9}}, one number or 12 monthly ones; 'course' says whether as a step, a ramp or a path
            (`varwg.ChangeFactors`).
        others : str
            Whether variables that nothing is asked of follow by their dependence ('follow') or stay as they are
            ('keep').
        fixed_variables : sequence of str, or mapping of str to array, optional
            Variables that do not follow the primary; or, at one site, their values, given which the others are drawn.
        primary_var : str or sequence of str, optional
            Variables that the terms above act on, by default that of the generator. For several, a term is a mapping
            from their names or a sequence with one entry for each.
        scenario : Scenario or sequence of Scenario, optional
            The same terms as values; those given as keywords come on top, and several for one primary add up.
        keep_periods : sequence of (shortest, longest), optional
            Bands of periods that keep the phases of the record. Unit: d.
        spread : str
            At many sites: how members differ: 'record' (all have the amplitudes of the record, and with its length its
            means), 'climate' (as records of their length do), or 'sampling' (each has a climate that the record may
            come from, as it is too short to tell).
        amplitude_width : int
            Neighbouring frequencies that amplitudes are drawn from, so that realisations do not share those of the
            record.
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
            Of one site it unpacks as `times, data`, of many as `sim_sea, sim_trans, rphases`.

        Raises
        ------
        DataError, ScenarioError, RngError
            If the days, what is asked for or the source of randomness cannot be used, or options exclude each other.
        """
        generator = front_door(rng, caller=f"{type(self).__name__}.simulate()")
        request = Request.of(
            # spelled out: single call
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
        return simulated(self.model, request.naming(self._primary_var), rng=generator, rphases=rphases)

    @answering_old_keywords
    def simulate_ensemble(
        self,
        n_members: int | range,
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
        # spelled out: ensemble signature
        n_days: int | None = None,
        start: Date = None,
        times: TimeArray | Sequence[Any] | None = None,
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
        disaggregate: bool | Mapping[str, int] = False,
        archive: Archive = None,
        T: int | None = None,
        start_str: Date = None,
        sim_times: TimeArray | Sequence[Any] | None = None,
        # end
    ) -> xr.DataArray:
        """Simulate an ensemble, in parallel and the same bits on any executor.

        Parameters
        ----------
        n_members : int or range
            Number of members, or the numbers of some: `range(200, 300)` is what members 200 to 299 of a larger ensemble are.
            Several processes, on any machines, may write different members into one `out_dir` at the same time.
        seed : int, sequence of int or SeedSequence, optional
            Member i is `simulate(rng=varwg.realization_rng(i, seed))`; without a seed it is `SeedSequence(i)`.
        phases_from : str, Path or DataArray, optional
            Another ensemble of this model, or its directory: member i draws what its member i drew, so that the two
            differ by the scenario alone (and by the days, if others are given: as many as there). In place of `seed`.
        out_dir : str or Path, optional
            Directory for one NetCDF file per member; a run that was interrupted is resumed. None keeps all in memory.
        executor : concurrent.futures.Executor, optional
            An instance of any executor (threads, processes, dask's `Client.get_executor()`, loky, MPI); only its
            `submit` is used, and it is not shut down.
        n_workers : int, optional
            Threads of an own pool, by default one per core, or as many as help where tasks are short.
        progress : bool or callable, optional
            A bar: on a terminal only by default; a callable is given the numbers of finished and of all members.
        dtype : {"float64", "float32"}
            How values are stored; float32 halves the files and gives up bit-identity with `simulate`.
        engine : {"netcdf4", "scipy"}
            Which library writes; "scipy" makes classic NetCDF files without compression.
        compression : int
            zlib level of the netcdf4 engine, 0 for none; on values in full precision it saves a sixth of the space and
            takes as long as simulating them.
        n_days : int, optional
            Number of days; by default the length of the record. Unit: d.
        start : date, optional
            First day; by default that of the record.
        times : array of dates, optional
            Consecutive days to simulate, in place of `start` and `n_days`.
        theta_incr : float, sequence, mapping or array, optional
            Change of the mean of the primary variable: one number, one per station, 12 monthly, or an array (stations,
            12). Unit: that of the primary variable.
        theta_grad : float, sequence or mapping, optional
            Change of that mean that is reached linearly at the end: one number, or one per station. Unit: that of the
            primary variable.
        mean_arrival : float, optional
            Mean length of episodes above and below normal, the same at all stations; together with `disturbance_std`.
            Unit: d.
        disturbance_std : float, optional
            Size of these episodes; together with `mean_arrival`. Unit: that of the primary variable.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day, for all stations or (stations, days); one with a calendar is looked up by
            date. Unit: that of the primary variable.
        signal_start : date, optional
            First day of a `climate_signal` that is a plain array.
        var_factor : float, optional
            Factor of the primary's deviations from its mean.
        rain_factor : float or sequence of 12, optional
            Factor of the amounts of precipitation on wet days.
        changes : mapping, path or ChangeFactors, optional
            Changes of distributions by variable, such as {'theta': {'mean': 2.0, 'sd_factor': 1.1}, 'R':
            {'wet_day_factor': 0.9}}, one number or 12 monthly ones; 'course' says whether as a step, a ramp or a path
            (`varwg.ChangeFactors`).
        others : str
            Whether variables that nothing is asked of follow by their dependence ('follow') or stay as they are
            ('keep').
        fixed_variables : sequence of str, or mapping of str to array, optional
            Variables that do not follow the primary; or, at one site, their values, given which the others are drawn.
        primary_var : str or sequence of str, optional
            Variables that the terms above act on, by default that of the generator. For several, a term is a mapping
            from their names or a sequence with one entry for each.
        scenario : Scenario or sequence of Scenario, optional
            The same terms as values; those given as keywords come on top, and several for one primary add up.
        keep_periods : sequence of (shortest, longest), optional
            Bands of periods that keep the phases of the record. Unit: d.
        spread : str
            At many sites: how members differ: 'record' (all have the amplitudes of the record, and with its length its
            means), 'climate' (as records of their length do), or 'sampling' (each has a climate that the record may
            come from, as it is too short to tell).
        amplitude_width : int
            Neighbouring frequencies that amplitudes are drawn from, so that realisations do not share those of the
            record.
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
        disaggregate : bool or mapping
            Write hours as well, with the courses of observed days up to {'window': days} apart in the year (15 for
            True).
        archive : HourlyArchive, Observations, path or 'formula', optional
            Write hours with the courses of days of other stations: of those with the same names, or of one for all.
            Variables that they lack, or with 'formula' all, get courses by formula (see `varwg.HourlyArchive`).
        T, start_str, sim_times
            Old names of n_days, start, times.

        Returns
        -------
        xarray.DataArray, dimensions (realization, station, variable, time)
            In memory, or opened lazily from `out_dir`; hours lie in files of their own beside the daily ones (see
            `open_ensemble`). The days are those of `phases_from` by default, where it is given.

        Raises
        ------
        StoreError
            If `out_dir` cannot be written, holds another ensemble, or is in use.
        MemberError
            If a member fails; finished members stay and the call can be repeated.
        DataError, ScenarioError
            As for `simulate`.
        """
        request = Request.of(
            # spelled out: ensemble call
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
            disaggregate=disaggregate,
            archive=archive,
            T=T,
            start_str=start_str,
            sim_times=sim_times,
            # end
        )
        return ensembles.simulate_ensemble(
            self.model,
            n_members,
            request.naming(self._primary_var),
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
        n_members: int | range,
        *,
        seed: Seed = None,
        phases_from: PhaseSource | None = None,
        executor: Executor | None = None,
        n_workers: int | None = None,
        progress: ensembles.Progress = None,
        # spelled out: ensemble signature
        n_days: int | None = None,
        start: Date = None,
        times: TimeArray | Sequence[Any] | None = None,
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
        disaggregate: bool | Mapping[str, int] = False,
        archive: Archive = None,
        T: int | None = None,
        start_str: Date = None,
        sim_times: TimeArray | Sequence[Any] | None = None,
        # end
    ) -> Generator[xr.DataArray, None, None]:
        """The members of `simulate_ensemble` one after the other, for any other use than files of one member each.

        Parameters
        ----------
        n_members, seed, phases_from, executor, n_workers, progress
            As for `simulate_ensemble`.
        n_days : int, optional
            Number of days; by default the length of the record. Unit: d.
        start : date, optional
            First day; by default that of the record.
        times : array of dates, optional
            Consecutive days to simulate, in place of `start` and `n_days`.
        theta_incr : float, sequence, mapping or array, optional
            Change of the mean of the primary variable: one number, one per station, 12 monthly, or an array (stations,
            12). Unit: that of the primary variable.
        theta_grad : float, sequence or mapping, optional
            Change of that mean that is reached linearly at the end: one number, or one per station. Unit: that of the
            primary variable.
        mean_arrival : float, optional
            Mean length of episodes above and below normal, the same at all stations; together with `disturbance_std`.
            Unit: d.
        disturbance_std : float, optional
            Size of these episodes; together with `mean_arrival`. Unit: that of the primary variable.
        climate_signal : array, Series or DataArray, optional
            Change of the mean day by day, for all stations or (stations, days); one with a calendar is looked up by
            date. Unit: that of the primary variable.
        signal_start : date, optional
            First day of a `climate_signal` that is a plain array.
        var_factor : float, optional
            Factor of the primary's deviations from its mean.
        rain_factor : float or sequence of 12, optional
            Factor of the amounts of precipitation on wet days.
        changes : mapping, path or ChangeFactors, optional
            Changes of distributions by variable, such as {'theta': {'mean': 2.0, 'sd_factor': 1.1}, 'R':
            {'wet_day_factor': 0.9}}, one number or 12 monthly ones; 'course' says whether as a step, a ramp or a path
            (`varwg.ChangeFactors`).
        others : str
            Whether variables that nothing is asked of follow by their dependence ('follow') or stay as they are
            ('keep').
        fixed_variables : sequence of str, or mapping of str to array, optional
            Variables that do not follow the primary; or, at one site, their values, given which the others are drawn.
        primary_var : str or sequence of str, optional
            Variables that the terms above act on, by default that of the generator. For several, a term is a mapping
            from their names or a sequence with one entry for each.
        scenario : Scenario or sequence of Scenario, optional
            The same terms as values; those given as keywords come on top, and several for one primary add up.
        keep_periods : sequence of (shortest, longest), optional
            Bands of periods that keep the phases of the record. Unit: d.
        spread : str
            At many sites: how members differ: 'record' (all have the amplitudes of the record, and with its length its
            means), 'climate' (as records of their length do), or 'sampling' (each has a climate that the record may
            come from, as it is too short to tell).
        amplitude_width : int
            Neighbouring frequencies that amplitudes are drawn from, so that realisations do not share those of the
            record.
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
        disaggregate : bool or mapping
            Write hours as well, with the courses of observed days up to {'window': days} apart in the year (15 for
            True).
        archive : HourlyArchive, Observations, path or 'formula', optional
            Write hours with the courses of days of other stations: of those with the same names, or of one for all.
            Variables that they lack, or with 'formula' all, get courses by formula (see `varwg.HourlyArchive`).
        T, start_str, sim_times
            Old names of n_days, start, times.

        Yields
        ------
        xarray.DataArray, dimensions (station, variable, time)
            Member 0, 1, 2, ..., with its number as the coordinate `realization` and its seed in the attributes; hourly
            values where they are asked for. A few per worker are under way at a time, and nothing is kept.

        Raises
        ------
        MemberError
            If a member fails.
        DataError, ScenarioError
            As for `simulate`.
        """
        request = Request.of(
            # spelled out: ensemble call
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
            disaggregate=disaggregate,
            archive=archive,
            T=T,
            start_str=start_str,
            sim_times=sim_times,
            # end
        )
        return ensembles.iter_members(
            self.model,
            n_members,
            request.naming(self._primary_var),
            seed=seed,
            phases_from=phases_from,
            executor=executor,
            n_workers=n_workers,
            progress=progress,
        )

    def stress(
        self,
        grid: Mapping[str, Sequence[float]],
        n_members: int = 20,
        *,
        response: str | Callable[[xr.DataArray], Any] | Sequence[str] | Mapping[str, Callable[[xr.DataArray], Any]],
        request: Request | None = None,
        seed: Seed = None,
        out_dir: str | Path | None = None,
        job: tuple[int, int] = (0, 1),
        n_workers: int | None = None,
    ) -> xr.Dataset:
        """Responses of members to all combinations of changes, with the same random numbers in each.

        Parameters
        ----------
        grid : mapping of str to sequence of float
            Values of each axis: "dt" (change of the mean of all temperatures, K), "dp" (factor of precipitation), or an
            entry of change factors as "variable.entry", such as "R.wet_day_factor".
        n_members : int
            Members of each cell.
        response : str, callable, or several by name
            "annual_sum", "driest_100_days" (of precipitation), "degree_days", "summer_maximum", several of them, or functions
            of a member (station, variable, time) that return a number or an array (station,).
        request : Request, optional
            What else is asked of every cell; by default variables without an axis stay as they are.
        seed : int, SeedSequence or Generator, optional
            Of all cells alike.
        out_dir : path, optional
            Where the responses of each cell are kept, so that a run that stopped goes on, and several share the work.
        job : tuple of int
            Number and count of the jobs that cells are dealt to.
        n_workers : int, optional
            Threads.

        Returns
        -------
        Dataset
            Responses with the axes of the grid, `realization` and, where it has one, `station`.

        Raises
        ------
        ScenarioError
            If an axis or a response is unknown.
        StoreError
            If `out_dir` holds another stress test.
        """
        return stress(
            self.model,
            grid,
            n_members,
            response=response,
            request=request,
            seed=seed,
            out_dir=out_dir,
            job=job,
            n_workers=n_workers,
        )

    def to_dataset(self) -> xr.Dataset:
        """The checked observations as a tidy CF Dataset."""
        return self.observations.to_dataset()

    def __repr__(self) -> str:
        return describe_observations(self.observations, title=self._title())

    def _repr_html_(self) -> str:
        return observations_html(self.observations, title=self._title())

    def _title(self) -> str:
        return f"{type(self).__name__}, {'fitted' if self._model else 'not fitted'}"


def one_of_two(name: str, value: T | None, alias: str, other: T | None) -> T | None:
    """The value of an argument that has two names.

    Raises
    ------
    DataError
        If both are given.
    """
    if value is not None and other is not None:
        raise DataError(f"{name} and {alias} are two names of one thing: give one of them.")
    return other if value is None else value
