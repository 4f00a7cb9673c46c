"""Ensembles: members as tasks on an executor, written or kept as they arrive, never more in memory than are under way."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, get_args

import numpy as np
import xarray as xr
from numpy.random import SeedSequence

from varwg._arrays import TimeArray
from varwg._disaggregation import hourly_times
from varwg._persistence import Engine, has_netcdf4
from varwg._provenance import Provenance, seed_from_text, versions
from varwg._request import Request
from varwg._simulated import member_array, member_coordinates, member_dataset
from varwg._simulation import WeatherModel, WeatherPlan
from varwg.ensembles._executors import worker_count
from varwg.ensembles._memberfile import scalar_realization
from varwg.ensembles._opening import assemble, realization_coordinate
from varwg.ensembles._pairing import PhaseSource, Source, options_text, planned, seed_text
from varwg.ensembles._store import Manifest, MemberStore, digits_for
from varwg.ensembles._tasks import Member, simulate_members
from varwg.errors import ScenarioError, SeedError, StoreError
from varwg.marginals._diagnostics import warn_of_extrapolation
from varwg.streams import Seed, realization_seed, seed_sequence

#: Called after each member with the number of finished members and of all.
ProgressCallback: TypeAlias = Callable[[int, int], None]
#: True or False for a bar or none, None for a bar on a terminal only, or a callback.
Progress: TypeAlias = bool | ProgressCallback | None

_LOG: Final = logging.getLogger(__name__)
_POOL_SIZE: Final = SeedSequence(0).pool_size
#: What `numpy.random.default_rng`, and so every member, draws with; the spawn key of member i is that of the seed and i.
_BIT_GENERATOR: Final = "PCG64"
#: Members that are written at a time: one is inside the NetCDF library, others are hashed, or wait for the disk.
_FILES_AT_A_TIME: Final = 4
#: Members that are written or wait for it: twice as many, or as many as have so many bytes, but two at least besides the next.
_WAITING_BYTES: Final = 2**25
#: The most members of an ensemble.
_MOST_MEMBERS: Final = 10**15
_DTYPES: Final = ("float64", "float32")


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What makes an ensemble what it is, whatever computes it and wherever it goes.

    Attributes
    ----------
    model : WeatherModel
        The fitted model.
    plan : WeatherPlan
        Days and scenario.
    numbers : range
        Numbers of its members that are computed.
    seed : SeedSequence or None
        Seed of the ensemble; None where member i has the seed i.
    fingerprint : str
        That of the model.
    phases_from : str
        Description of the source of the phases, or empty.
    """

    model: WeatherModel
    plan: WeatherPlan
    numbers: range
    seed: SeedSequence | None
    fingerprint: str
    phases_from: str = ""

    @classmethod
    def of(
        cls,
        model: WeatherModel,
        plan: WeatherPlan,
        n_members: int | range,
        *,
        seed: Seed = None,
        phases_from: PhaseSource | None = None,
    ) -> Ensemble:
        """An ensemble with a seed of its own, or with that of another ensemble.

        Raises
        ------
        ValueError
            If `n_members` is neither a positive number nor a range of consecutive numbers.
        ScenarioError
            If `phases_from` does not fit, or is given together with `seed`.
        SeedError
            If the seed is one that files could not record.
        """
        numbers = _numbers(n_members)
        fingerprint = model.fingerprint()
        if phases_from is None:
            own_seed = None if seed is None else seed_sequence(seed)
            if own_seed is not None and own_seed.pool_size != _POOL_SIZE:
                raise SeedError(f"seed has pool_size {own_seed.pool_size}, which no file records: leave it at {_POOL_SIZE}.")
            return cls(model, plan, numbers, own_seed, fingerprint)
        if seed is not None:
            raise SeedError("seed and phases_from were both given, but the phases bring their seed along: pass one.")
        source = Source.of(phases_from)
        source.check(fingerprint, plan, numbers)
        return cls(model, plan, numbers, seed_from_text(source.seed), fingerprint, source.to_json())

    def attributes(self) -> dict[str, str]:
        """What all members have in common, for files and arrays."""
        common = {
            "title": "Synthetic weather",
            "source": type(self.model).__module__.partition(".")[0],
            **self.identity(),
            **versions(),
        }
        return common | ({"phases_from": self.phases_from} if self.phases_from else {})

    def identity(self) -> dict[str, str]:
        """The part of the attributes by which a member is recognised when a run is resumed."""
        return {"model": self.fingerprint, **self.plan.attributes()}

    def seed_attributes(self, member: int) -> dict[str, str]:
        """Entropy, spawn key and bit generator of a member."""
        return Provenance.of(np.random.default_rng(realization_seed(member, self.seed))).attributes()

    def manifest(self, dtype: str, engine: str, compression: int) -> Manifest:
        """The manifest of a directory for this ensemble."""
        return Manifest(
            model=self.fingerprint,
            scenario=self.plan.attributes()["scenario"],
            options=options_text(self.plan.attributes()),
            request=self.plan.request.on_days(self.plan.times).described(),
            hourly=self.plan.hourly.to_json() if self.plan.hourly else "",
            seed=seed_text(self.seed),
            first_day=str(self.plan.times[0].astype("datetime64[D]")),
            n_days=self.plan.times.size,
            dtype=_one_of("dtype", dtype, _DTYPES),  # type: ignore[arg-type]
            engine=_one_of("engine", engine, get_args(Engine)),  # type: ignore[arg-type]
            compression=_compression(compression, engine),
            phases_from=self.phases_from,
            digits=digits_for(self.numbers.stop),
        )

    def members(
        self, numbers: list[int], *, executor: Executor | None, n_workers: int | None
    ) -> Generator[tuple[int, Member], None, None]:
        """The members with these numbers."""
        _LOG.info("simulating %d of %d members of %d days", len(numbers), len(self.numbers), self.plan.times.size)
        largest = np.full((len(self.model.stations), len(self.model.variables)), -np.inf)
        arriving = simulate_members(self.model, self.plan, numbers, seed=self.seed, executor=executor, n_workers=n_workers)
        with closing(arriving):
            for number, member in arriving:
                np.fmax(largest, member.values.max(axis=-1), out=largest)
                yield number, member
        warn_of_extrapolation(self.model, largest)
        _LOG.info("all %d members are simulated", len(self.numbers))


def simulate_ensemble(
    model: WeatherModel,
    n_members: int | range,
    request: Request | None = None,
    *,
    seed: Seed = None,
    phases_from: PhaseSource | None = None,
    out_dir: str | Path | None = None,
    executor: Executor | None = None,
    n_workers: int | None = None,
    progress: Progress = None,
    dtype: str = "float64",
    engine: str = "netcdf4",
    compression: int = 0,
) -> xr.DataArray:
    """An ensemble in memory, or on disk and opened lazily, from a model.

    Parameters
    ----------
    model : SiteModel or MultisiteModel
        A fitted model.
    n_members : int or range
        Number of members, or the numbers of some of them: range(200, 300) for a part of a larger ensemble.
    request : Request, optional
        What is simulated; `varwg.Request` has the keywords of `Multisite.simulate`.
    seed, phases_from, out_dir, executor, n_workers, progress, dtype, engine, compression
        As for `Multisite.simulate_ensemble`.

    Returns
    -------
    xarray.DataArray, dimensions (realization, station, variable, time)

    Raises
    ------
    StoreError, MemberError, DataError, ScenarioError
        As for `Multisite.simulate_ensemble`.
    """
    worker_count(executor, n_workers)
    plan = planned(model, request or Request(), phases_from=phases_from)
    ensemble = Ensemble.of(model, plan, n_members, seed=seed, phases_from=phases_from)
    manifest = ensemble.manifest(dtype, engine, compression)
    if out_dir is None and plan.hourly is not None:
        raise ScenarioError(
            "disaggregate was asked for without out_dir, but hours of a whole ensemble are kept on disk only: give out_dir, "
            "or take them one by one from iter_members."
        )

    if out_dir is not None and (not isinstance(out_dir, (str, Path)) or not str(out_dir) or "\0" in str(out_dir)):
        raise StoreError(
            f"out_dir is {out_dir!r}, which is not the name of a directory: give one, such as 'out', or leave it out."
        )

    if out_dir is not None and engine == "netcdf4" and not has_netcdf4():
        raise StoreError('netCDF4 is not installed: install it, or write classic files with engine="scipy" (--engine scipy).')

    def members(numbers: list[int]) -> Generator[tuple[int, Member], None, None]:
        return ensemble.members(numbers, executor=executor, n_workers=n_workers)

    if out_dir is None:
        return _in_memory(ensemble, members, progress, dtype)
    hours = None if plan.hourly is None else _layout(ensemble, hourly_times(plan.times, plan.hourly))
    store = MemberStore(Path(out_dir), manifest, ensemble.numbers, _layout(ensemble, plan.times), hours)
    _to_disk(ensemble, members, progress, store)
    return assemble({member: store.path(member) for member in ensemble.numbers}, manifest)


def iter_members(
    model: WeatherModel,
    n_members: int | range,
    request: Request | None = None,
    *,
    seed: Seed = None,
    phases_from: PhaseSource | None = None,
    executor: Executor | None = None,
    n_workers: int | None = None,
    progress: Progress = None,
) -> Generator[xr.DataArray, None, None]:
    """Members as arrays, one after the other, from a model; parameters as for `simulate_ensemble`."""
    worker_count(executor, n_workers)
    plan = planned(model, request or Request(), phases_from=phases_from)
    ensemble = Ensemble.of(model, plan, n_members, seed=seed, phases_from=phases_from)
    return _labelled_members(ensemble, progress, executor, n_workers)


MembersOf: TypeAlias = Callable[[list[int]], Generator[tuple[int, Member], None, None]]


def _in_memory(ensemble: Ensemble, members: MembersOf, progress: Progress, dtype: str) -> xr.DataArray:
    model, times, numbers = ensemble.model, ensemble.plan.times, ensemble.numbers
    try:
        values = np.empty((len(numbers), len(model.stations), len(model.variables), times.size), dtype=dtype)
    except (MemoryError, ValueError) as error:
        raise StoreError(
            f"{len(numbers)} members of {times.size} days have no room in memory: give out_dir, or ask for fewer."
        ) from error
    with _reporting(progress, 0, len(numbers)) as report, closing(members(list(numbers))) as arriving:
        for member, result in arriving:
            values[member - numbers[0]] = result.values
            report()
    coordinates = {"realization": realization_coordinate(list(numbers)), **member_coordinates(model, times)}
    dims = ("realization", "station", "variable", "time")
    attributes = ensemble.attributes() | {"seed": seed_text(ensemble.seed), "bit_generator": _BIT_GENERATOR}
    return xr.DataArray(values, coordinates, dims, name="sim_sea", attrs=attributes)


def _to_disk(ensemble: Ensemble, members: MembersOf, progress: Progress, store: MemberStore) -> None:
    """Write the members that are not in the store yet, each as it arrives.

    Threads of their own do all that touches files, because none must be the main thread: that is where Python raises
    KeyboardInterrupt, and the library for NetCDF drops exceptions that it does not expect. Inside that library they take turns,
    as HDF5 allows one only; they hash what they write, and wait for the disk, beside each other.
    """
    common, identity = ensemble.attributes(), ensemble.identity()

    def write(member: int, result: Member) -> None:
        attributes = common | ensemble.seed_attributes(member) | dict(result.remarks)
        store.write(member, result.values, attributes, result.hours)

    with store.open_for_writing(), ThreadPoolExecutor(_FILES_AT_A_TIME, thread_name_prefix="weathercop-files") as files:
        present = files.submit(store.present).result()
        whole = files.map(lambda member: store.finished(member, identity | ensemble.seed_attributes(member)), present)
        finished = {member for member, is_whole in zip(present, whole, strict=True) if is_whole}
        missing = [m for m in ensemble.numbers if m not in finished]
        if finished:
            _LOG.info("%d members are already in %s", len(finished), store.directory)
        pending: deque[Future[None]] = deque()
        with _reporting(progress, len(finished), len(ensemble.numbers)) as report, closing(members(missing)) as arriving:
            for member, result in arriving:
                pending.append(files.submit(write, member, result))
                size = result.values.nbytes + (0 if result.hours is None else result.hours.nbytes)
                if len(pending) > np.clip(_WAITING_BYTES // size, 2, 2 * _FILES_AT_A_TIME):
                    pending.popleft().result()
                    report()
            while pending:
                pending.popleft().result()
                report()


def _labelled_members(
    ensemble: Ensemble, progress: Progress, executor: Executor | None, n_workers: int | None
) -> Generator[xr.DataArray, None, None]:
    numbers = list(ensemble.numbers)
    arriving = ensemble.members(numbers, executor=executor, n_workers=n_workers)
    with _reporting(progress, 0, len(numbers)) as report, closing(arriving):
        for member, result in arriving:
            yield _labelled(ensemble, member, result)
            report()


def _layout(ensemble: Ensemble, times: TimeArray) -> xr.Dataset:
    shape = (len(ensemble.model.stations), len(ensemble.model.variables), times.size)
    return member_dataset(ensemble.model, times, np.broadcast_to(np.nan, shape))


def _labelled(ensemble: Ensemble, member: int, result: Member) -> xr.DataArray:
    # A copy, because members are computed stacked: one that is kept would otherwise keep the others.
    plan, values, times = ensemble.plan, np.array(result.values), ensemble.plan.times
    if plan.hourly is not None and result.hours is not None:
        values, times = result.hours, hourly_times(plan.times, plan.hourly)
    labelled = member_array(ensemble.model, times, values, "sim_sea")
    labelled = labelled.assign_coords(realization=scalar_realization(member))
    shared = ensemble.attributes() | {"seed": seed_text(ensemble.seed)}
    return labelled.assign_attrs(shared | ensemble.seed_attributes(member) | dict(result.remarks))


@contextmanager
def _reporting(progress: Progress, finished: int, total: int) -> Iterator[Callable[[], Any]]:
    if callable(progress):
        counter = iter(range(finished + 1, total + 1))
        yield lambda: progress(next(counter), total)
        return
    from tqdm import tqdm

    with tqdm(total=total, initial=finished, unit="member", disable=None if progress is None else not progress) as bar:
        yield bar.update


def _numbers(n_members: int | range) -> range:
    """Numbers of members: of so many from 0 on, or those of a range."""
    if isinstance(n_members, range):
        if n_members.step != 1 or not len(n_members) or n_members[0] < 0:
            raise StoreError(f"the members are {n_members!r}, but consecutive numbers are needed, such as range(200, 300).")
        return n_members
    if isinstance(n_members, bool) or not isinstance(n_members, (int, np.integer)) or not 1 <= n_members <= _MOST_MEMBERS:
        raise StoreError(
            f"the number of members is {n_members!r}, but 1 to {_MOST_MEMBERS}, or a range of numbers, is needed: give such."
        )
    return range(int(n_members))


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise StoreError(f"{what} is {value!r}, but one of {', '.join(allowed)} is needed.")
    return value


def _compression(level: int, engine: str) -> int:
    if isinstance(level, bool) or not isinstance(level, (int, np.integer)) or not 0 <= level <= 9:
        raise StoreError(f"compression is {level!r}, but a zlib level from 0 (none) to 9 is needed.")
    if level and engine == "scipy":
        raise StoreError(f"compression is {level}, but the engine scipy cannot compress: leave it out, or use netcdf4.")
    return int(level)
