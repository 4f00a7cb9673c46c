"""Ensembles: members as tasks on an executor, written or kept as they arrive, never more in memory than are under way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import xarray as xr
from numpy.random import SeedSequence

from varwg.arrays import FloatArray
from varwg.errors import StoreError, VarwgError
from varwg.provenance import Provenance, entropy_text, versions
from varwg.streams import Seed, realization_seed, seed_sequence
from weathercop.model import MultisiteModel
from weathercop.opening import open_ensemble, realization_coordinate
from weathercop.results import member_coordinates, member_dataset
from weathercop.simulation import Plan, realize
from weathercop.store import Manifest, MemberStore

#: Called after each member with the number of finished members and of all.
ProgressCallback: TypeAlias = Callable[[int, int], None]
#: True or False for a bar or none, None for a bar on a terminal only, or a callback.
Progress: TypeAlias = bool | ProgressCallback | None

#: Members submitted ahead of the writer, per worker.
_AHEAD: Final = 2


class MemberError(VarwgError, RuntimeError):
    """A member that could not be computed; the cause is chained."""


def member_task(model: MultisiteModel, plan: Plan, seed: SeedSequence) -> FloatArray:
    """Physical values (S, K, T) of the member with the given seed: the one task that all executors run."""
    return realize(model, plan, rng=np.random.default_rng(seed)).values


def simulate_members(
    model: MultisiteModel,
    plan: Plan,
    members: range | list[int],
    *,
    seed: Seed = None,
    executor: Executor | None = None,
    n_workers: int | None = None,
) -> Iterator[tuple[int, FloatArray]]:
    """Members one after the other as they get ready, in any order, with bounded memory.

    Parameters
    ----------
    model : MultisiteModel
        A fitted model.
    plan : Plan
        Days and scenario.
    members : range or list of int
        Numbers of the members to compute.
    seed : int, sequence of int or SeedSequence, optional
        Seed of the ensemble; member i draws from `realization_rng(i, seed)`.
    executor : concurrent.futures.Executor, optional
        Where tasks run; only its `submit` is used and it is never shut down.
    n_workers : int, optional
        Threads of an own pool; by default as many as there are cores, and with 1 there is no pool.

    Yields
    ------
    int, array of shape (S, K, T)
        Number and physical values of a member.

    Raises
    ------
    MemberError
        If a member fails; those under way are cancelled.
    ValueError
        If `executor` and `n_workers` are both given, or `n_workers` is not positive.
    """
    workers = _n_workers(executor, n_workers)
    if executor is None and workers == 1:
        for member in members:
            yield member, _named(member, lambda m=member: member_task(model, plan, realization_seed(m, seed)))
        return
    with _pool(executor, workers) as pool:
        yield from _windowed(pool, model, plan, members, seed, _AHEAD * workers)


def simulate_ensemble(
    model: MultisiteModel,
    n_members: int,
    plan: Plan,
    *,
    seed: Seed = None,
    out_dir: str | Path | None = None,
    executor: Executor | None = None,
    n_workers: int | None = None,
    progress: Progress = None,
    dtype: str = "float64",
    engine: str = "netcdf4",
    compression: int = 1,
) -> xr.DataArray:
    """An ensemble in memory, or on disk and opened lazily; see `Multisite.simulate_ensemble`."""
    if isinstance(n_members, bool) or not isinstance(n_members, (int, np.integer)) or n_members < 1:
        raise ValueError(f"the number of members is {n_members!r}, but at least 1 is needed.")
    if isinstance(seed, SeedSequence):
        seed = seed_sequence(seed)
    run = _Run(model, plan, int(n_members), seed, executor, n_workers, progress)
    if out_dir is None:
        return run.in_memory(dtype)
    seed_text = "" if seed is None else _seed_text(seed_sequence(seed))
    manifest = Manifest(
        model=model.fingerprint(),
        scenario=plan.scenario.to_json(),
        seed=seed_text,
        first_day=str(plan.times[0].astype("datetime64[D]")),
        n_days=plan.times.size,
        dtype=_one_of("dtype", dtype, ("float64", "float32")),  # type: ignore[arg-type]
        engine=_one_of("engine", engine, ("netcdf4", "scipy")),  # type: ignore[arg-type]
        compression=compression,
    )
    run.to_disk(MemberStore(Path(out_dir), manifest, int(n_members)))
    return open_ensemble(out_dir).isel(realization=slice(0, int(n_members)))


class _Run:
    """One call of `simulate_ensemble`: what both ways out, memory and disk, share."""

    def __init__(
        self,
        model: MultisiteModel,
        plan: Plan,
        n_members: int,
        seed: Seed,
        executor: Executor | None,
        n_workers: int | None,
        progress: Progress,
    ) -> None:
        self.model, self.plan, self.n_members, self.seed = model, plan, n_members, seed
        self.executor, self.n_workers, self.progress = executor, n_workers, progress

    def in_memory(self, dtype: str) -> xr.DataArray:
        """All members in one array."""
        shape = (self.n_members, len(self.model.sites), len(self.model.variables), self.plan.times.size)
        values = np.empty(shape, dtype=_one_of("dtype", dtype, ("float64", "float32")))
        for member, member_values in self._members(list(range(self.n_members))):
            values[member] = member_values
        coordinates = {"realization": realization_coordinate(list(range(self.n_members)))}
        dims = ("realization", "station", "variable", "time")
        attributes = {"model": self.model.fingerprint(), "scenario": self.plan.scenario.to_json(), **versions()}
        attributes["seed"] = "" if self.seed is None else _seed_text(seed_sequence(self.seed))
        coordinates |= member_coordinates(self.model, self.plan.times)
        return xr.DataArray(values, coordinates, dims, name="sim_sea", attrs=attributes)

    def to_disk(self, store: MemberStore) -> None:
        """All members that are not in the store yet, each written as it arrives."""
        common = {"model": store.manifest.model, "scenario": store.manifest.scenario}
        with store.open_for_writing():
            missing = [m for m in range(self.n_members) if not store.finished(m, common | self._seed_attributes(m))]
            for member, values in self._members(missing):
                dataset = member_dataset(self.model, self.plan.times, values)
                dataset = dataset.assign_coords(realization=_scalar_realization(member))
                attributes = {"title": "Synthetic weather", "source": "weathercop", **common, **versions()}
                store.write(member, dataset.assign_attrs(attributes | self._seed_attributes(member)))

    def _seed_attributes(self, member: int) -> dict[str, str]:
        return Provenance.of(np.random.default_rng(realization_seed(member, self.seed))).attributes()

    def _members(self, members: list[int]) -> Iterator[tuple[int, FloatArray]]:
        arriving = simulate_members(
            self.model, self.plan, members, seed=self.seed, executor=self.executor, n_workers=self.n_workers
        )
        with _reporting(self.progress, self.n_members - len(members), self.n_members) as report:
            for item in arriving:
                yield item
                report()


def _windowed(
    pool: Executor, model: MultisiteModel, plan: Plan, members: range | list[int], seed: Seed, window: int
) -> Iterator[tuple[int, FloatArray]]:
    waiting = iter(members)
    pending: dict[Future[Any], int] = {}

    def submit(count: int) -> None:
        for member in islice(waiting, count):
            pending[pool.submit(member_task, model, plan, realization_seed(member, seed))] = member

    try:
        submit(window)
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                member = pending.pop(future)
                submit(1)
                yield member, _named(member, future.result)
    finally:
        for future in pending:
            future.cancel()


def _named(member: int, compute: Callable[[], FloatArray]) -> FloatArray:
    try:
        return compute()
    except CancelledError as error:
        raise MemberError(f"member {member} was cancelled by its executor.") from error
    except Exception as error:
        raise MemberError(
            f"member {member} failed ({type(error).__name__}: {error}); the finished members stay, and the same call "
            "resumes after them."
        ) from error


@contextmanager
def _pool(executor: Executor | None, workers: int) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    own = ThreadPoolExecutor(workers, thread_name_prefix="weathercop")
    try:
        yield own
    finally:
        own.shutdown(wait=True, cancel_futures=True)


def _n_workers(executor: Executor | None, n_workers: int | None) -> int:
    if executor is not None:
        if n_workers is not None:
            raise ValueError("executor and n_workers were both given: an executor brings its own workers, so pass one.")
        if not callable(getattr(executor, "submit", None)) or isinstance(executor, type):
            raise TypeError(f"executor is {executor!r}, but an instance of concurrent.futures.Executor is needed.")
        return int(getattr(executor, "_max_workers", None) or available_cores())
    if n_workers is None:
        return available_cores()
    if isinstance(n_workers, bool) or not isinstance(n_workers, (int, np.integer)) or n_workers < 1:
        raise ValueError(f"n_workers is {n_workers!r}, but at least 1 is needed; leave it out to use all cores.")
    return int(n_workers)


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _reporting(progress: Progress, finished: int, total: int) -> Iterator[Callable[[], None]]:
    if callable(progress):
        counter = iter(range(finished + 1, total + 1))
        yield lambda: progress(next(counter), total)
        return
    from tqdm import tqdm

    with tqdm(total=total, initial=finished, unit="member", disable=None if progress is None else not progress) as bar:
        yield bar.update


def _seed_text(seed: SeedSequence) -> str:
    return f"{entropy_text(seed)} / {' '.join(map(str, seed.spawn_key))}".rstrip(" /")


def _scalar_realization(member: int) -> xr.Variable:
    return xr.Variable((), np.int64(member), {"standard_name": "realization", "long_name": "ensemble member"})


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise StoreError(f"{what} is {value!r}, but one of {', '.join(allowed)} is needed.")
    return value
