"""Tasks of an ensemble: how many members one computes together, what it hands back, and what is said if one fails."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor
from contextlib import closing
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.random import SeedSequence

from varwg._arrays import LONG_CALL, FloatArray
from varwg._simulation import WeatherModel, WeatherPlan, engine_of
from varwg.ensembles._executors import run_tasks, worker_count
from varwg.errors import MemberError
from varwg.streams import Seed, realization_seed

#: Bytes of the members of a task, at most: a thread needs some 20 MiB more while it computes them. That is less than twice as
#: much, which is what the C library of Linux keeps of freed memory; beyond, each task would fault its pages in again.
_TASK_BYTES: Final = 21 * 2**19
#: What a task computes is spread over so many calls at a time: families of copulas, or variables.
_CALLS_AT_A_TIME: Final = 6
#: Values on which a call works as long without the interpreter's lock as it takes with it (1.5 us and 0.5 ns a value).
_VALUES_OF_LOCK: Final = 3000
_LOG: Final = logging.getLogger(__name__)


class Member(NamedTuple):
    """What a task hands back of one member: values (S, K, T), hours (S, K, T n) or None, and what its file says besides."""

    values: FloatArray
    hours: FloatArray | None
    remarks: Mapping[str, str]


def member_task(model: WeatherModel, plan: WeatherPlan, seeds: Sequence[SeedSequence]) -> list[Member | Exception]:
    """The members with the given seeds: the one task that all executors run.

    If one of them fails, each is computed by itself, so that the others are not lost and it is known which it was.
    """
    try:
        return list(_members(model, plan, seeds))
    except Exception as error:
        return [error] if len(seeds) == 1 else [member_task(model, plan, [seed])[0] for seed in seeds]


def simulate_members(
    model: WeatherModel,
    plan: WeatherPlan,
    members: Iterable[int],
    *,
    seed: Seed = None,
    executor: Executor | None = None,
    n_workers: int | None = None,
) -> Generator[tuple[int, Member], None, None]:
    """Members one after the other, in the order asked for, with bounded memory.

    Parameters
    ----------
    model : WeatherModel
        A fitted model.
    plan : WeatherPlan
        What is simulated.
    members : iterable of int
        Numbers of the members to compute.
    seed : int, sequence of int or SeedSequence, optional
        Seed of the ensemble; member i draws from `realization_rng(i, seed)`.
    executor : concurrent.futures.Executor, optional
        Where tasks run; only its `submit` is used and it is never shut down.
    n_workers : int, optional
        Threads of an own pool; by default as many as there are cores, or as help, and with 1 there is no pool.

    Yields
    ------
    int, Member
        Number and arrays of a member.

    Raises
    ------
    MemberError
        If a member fails; those under way are cancelled.
    ValueError
        If `executor` and `n_workers` are both given, or `n_workers` is not positive.
    """
    workers = worker_count(executor, n_workers)
    numbers = list(members)
    size = members_per_task(model, plan, len(numbers), workers)
    helpful = threads_that_help(model, plan, size)
    if executor is None and n_workers is None and helpful < workers:
        _LOG.info(
            "%d threads on %d cores, because with shorter members more would wait for the interpreter's lock; n_workers says "
            "otherwise",
            helpful,
            workers,
        )
        workers = helpful
        size = members_per_task(model, plan, len(numbers), workers)
    chunks = [
        tuple((member, realization_seed(member, seed)) for member in numbers[start : start + size])
        for start in range(0, len(numbers), size)
    ]
    outcomes = run_tasks(
        _members_of, (model, plan), chunks, executor=executor, workers=workers, result_bytes=size * _member_bytes(model, plan)
    )
    return _each(outcomes)


def _each(
    outcomes: Generator[tuple[Any, Callable[[], list[Member | Exception]]], None, None],
) -> Generator[tuple[int, Member], None, None]:
    """Members of tasks one by one; whatever is under way is cancelled when nobody wants more, or one has failed."""
    with closing(outcomes):
        for parts, compute in outcomes:
            for (member, _), result in zip(parts, _results(compute, len(parts)), strict=True):
                yield member, _named(member, result)


def threads_that_help(model: WeatherModel, plan: WeatherPlan, size: int) -> int:
    """How many threads can compute tasks of so many members beside each other.

    Each NumPy call holds the interpreter's lock for a moment. When that is one n-th of the time that it takes, n threads use
    the lock up, and more would only hand it around. An interpreter without the lock feeds any number.
    """
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return sys.maxsize
    values = size * len(model.stations) * len(model.variables) * plan.times.size
    return 1 + min(LONG_CALL, values // _CALLS_AT_A_TIME) // _VALUES_OF_LOCK


def members_per_task(model: WeatherModel, plan: WeatherPlan, n_members: int, workers: int) -> int:
    """How many members a task computes together: few enough for all workers to have their share.

    A thread holds Python's lock between NumPy calls, so threads wait for each other if calls are short. Those on arrays
    of `LONG_CALL` values, which one series has in all members, are long enough, however many workers there are.
    """
    if plan.conditional:
        return 1
    largest = max(1, min(round(LONG_CALL / plan.times.size), _TASK_BYTES // _member_bytes(model, plan)))
    rounds = max(1, -(-n_members // (workers * largest)))
    return max(1, min(largest, -(-n_members // (workers * rounds))))


def _members(model: WeatherModel, plan: WeatherPlan, seeds: Sequence[SeedSequence]) -> Iterator[Member]:
    together = engine_of(model).realize_together(
        model, plan, rngs=[np.random.default_rng(seed) for seed in seeds], with_scores=False
    )
    for realization in together:
        hours, remarks = None, {}
        if realization.report is not None:
            remarks["conditions_reached"] = realization.report.to_json()
        if realization.hours is not None:
            hours, counts = realization.hours.values, realization.hours.counts
            remarks["disaggregation_counts"] = json.dumps(counts._asdict())
        yield Member(realization.values, hours, remarks)


def _members_of(
    common: tuple[WeatherModel, WeatherPlan], chunk: tuple[tuple[int, SeedSequence], ...]
) -> list[Member | Exception]:
    return member_task(*common, [seed for _, seed in chunk])


def _results(compute: Callable[[], list[Member | Exception]], n_members: int) -> list[Member | BaseException]:
    """What a task handed back, or why it handed back nothing, once for each of its members."""
    try:
        return list(compute())
    except (CancelledError, Exception) as error:
        return [error] * n_members


def _member_bytes(model: WeatherModel, plan: WeatherPlan) -> int:
    steps = 1 + (plan.hourly.steps_per_day if plan.hourly else 0)
    return len(model.stations) * len(model.variables) * plan.times.size * steps * np.dtype(np.float64).itemsize


def _named(member: int, result: Member | BaseException) -> Member:
    if isinstance(result, CancelledError):
        raise MemberError(f"member {member} was cancelled by its executor.") from result
    if isinstance(result, BaseException):
        raise MemberError(
            f"member {member} failed ({type(result).__name__}: {result}); the finished members stay, and the same call "
            "resumes after them."
        ) from result
    return result
