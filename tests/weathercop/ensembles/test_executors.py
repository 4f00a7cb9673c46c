"""Executors: the same bits on threads, processes and dask, in any order; parcels; what was passed stays open."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from varwg.ensembles._executors import SharedValue, run_tasks
from varwg.errors import ExecutorError, MemberError
from weathercop import Multisite


class Rearranging(Executor):
    """Runs nothing until all members are submitted, and then in an order of its own."""

    def __init__(self, n_tasks: int, order: Callable[..., Any]) -> None:
        self._max_workers = n_tasks
        self.order = order
        self.tasks: list[Any] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.tasks.append((future, fn, args, kwargs))
        if len(self.tasks) == self._max_workers:
            for position in self.order(self._max_workers):
                task, function, arguments, keywords = self.tasks[position]
                task.set_result(function(*arguments, **keywords))
        return future


class Pickling(Executor):
    """As if in another process: everything is pickled on its way."""

    _max_workers = 2

    def __init__(self, spoil: Callable[..., Any] = lambda sent: sent) -> None:
        self.spoil = spoil
        self.sent: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        data = pickle.dumps((fn, args, kwargs))
        self.sent.append(len(data))
        function, arguments, keywords = self.spoil(pickle.loads(data))
        try:
            future.set_result(function(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.mark.parametrize("n_workers", [1, 2, 8, 32])
def test_any_number_of_threads(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], n_workers: int) -> None:
    ensemble = example_wc.simulate_ensemble(6, seed=7, n_workers=n_workers, **days)
    assert np.array_equal(ensemble.values, reference)


def test_threads_that_switch_all_the_time(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        ensemble = example_wc.simulate_ensemble(6, seed=7, n_workers=8, **days)
    finally:
        sys.setswitchinterval(interval)
    assert np.array_equal(ensemble.values, reference)


@pytest.mark.parametrize("order", [lambda n: reversed(range(n)), lambda n: np.random.default_rng(3).permutation(n)])
def test_any_order_of_execution(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], order: Callable[..., Any]
) -> None:
    ensemble = example_wc.simulate_ensemble(6, seed=7, executor=Rearranging(6, order), **days)
    assert np.array_equal(ensemble.values, reference)


def test_processes(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        ensemble = example_wc.simulate_ensemble(6, seed=7, executor=pool, **days)
        written = example_wc.simulate_ensemble(6, seed=7, executor=pool, out_dir=tmp_path, engine="scipy", **days)
        assert pool.submit(os.getpid).result() != os.getpid()
    assert np.array_equal(ensemble.values, reference)
    assert np.array_equal(written.values, reference)


def test_a_dask_cluster_of_two_processes(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]) -> None:
    distributed = pytest.importorskip("distributed")
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        with client.get_executor() as pool:
            ensemble = example_wc.simulate_ensemble(6, seed=7, executor=pool, **days)
        assert os.getpid() not in client.run(os.getpid).values()
    assert np.array_equal(ensemble.values, reference)


def test_what_was_passed_is_not_shut_down(example_wc: Multisite, days: dict[str, Any]) -> None:
    with ThreadPoolExecutor(1) as pool:
        example_wc.simulate_ensemble(1, seed=7, executor=pool, **days)
        assert pool.submit(lambda: 3).result() == 3


def test_own_threads_are_gone_afterwards(example_wc: Multisite, days: dict[str, Any]) -> None:
    example_wc.simulate_ensemble(4, seed=7, n_workers=4, **days)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("weathercop")]


def test_never_more_tasks_under_way_than_eight_per_worker(
    example_wc: Multisite, days: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("varwg.ensembles._tasks.members_per_task", lambda *_: 1)

    class Counting(ThreadPoolExecutor):
        waiting = 0

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            self.waiting = max(self.waiting, self._work_queue.qsize())
            return super().submit(fn, *args, **kwargs)

    with Counting(2) as pool:
        example_wc.simulate_ensemble(40, seed=7, executor=pool, **days)
    assert 0 < pool.waiting <= 16


def test_executor_and_workers_exclude_each_other(example_wc: Multisite) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="both"):
        example_wc.simulate_ensemble(1, seed=1, executor=pool, n_workers=2)
    with pytest.raises(TypeError, match="instance"):
        example_wc.simulate_ensemble(1, seed=1, executor=ThreadPoolExecutor)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n_workers is 0"):
        example_wc.simulate_ensemble(1, seed=1, n_workers=0)


def test_a_parcel_within_the_process_is_the_value_itself() -> None:
    value = (np.arange(5.0), "text")
    with SharedValue(value) as shared:
        assert shared.value() is value


def test_a_parcel_sent_away_arrives_whole_and_read_only() -> None:
    value = (np.arange(50_000.0), {"a": np.eye(3)}, "text", np.zeros((0, 3)))
    with SharedValue(value) as shared:
        sent = pickle.dumps(shared)
        assert len(sent) < 2000
        address = pickle.loads(sent)
        assert pickle.loads(pickle.dumps(shared)) == address
        arrived = address.value()
        assert np.array_equal(arrived[0], value[0])
        assert np.array_equal(arrived[1]["a"], value[1]["a"])
        assert arrived[2:3] == value[2:3]
        assert arrived[3].shape == (0, 3)
        with pytest.raises(ValueError, match="read-only"):
            arrived[0][0] = 1.0
    assert not Path(address.path).exists()
    with pytest.raises(ExecutorError):
        address.value()


def test_the_model_does_not_travel_with_each_task(example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]) -> None:
    executor = Pickling()
    ensemble = example_wc.simulate_ensemble(6, seed=7, executor=executor, **days)
    assert np.array_equal(ensemble.values, reference)
    arrays = sum(array.nbytes for array in example_wc.model.spectrum.__dict__.values() if isinstance(array, np.ndarray))
    assert max(executor.sent) < min(arrays, 50_000)


def test_machines_that_do_not_see_the_parcel_get_the_model_with_the_task(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any]
) -> None:
    def elsewhere(sent: tuple[Any, ...]) -> tuple[Any, ...]:
        function, (task, form, own), keywords = sent
        form = form._replace(path=form.path + ".elsewhere") if hasattr(form, "path") else form
        return function, (task, form, own), keywords

    ensemble = example_wc.simulate_ensemble(6, seed=7, executor=Pickling(elsewhere), **days)
    assert np.array_equal(ensemble.values, reference)


def test_results_come_in_the_order_of_the_arguments() -> None:
    results = run_tasks(_add, 100, range(20), executor=None, workers=3)
    assert [(own, outcome()) for own, outcome in results] == [(n, 100 + n) for n in range(20)]


@pytest.mark.parametrize(("result_bytes", "window"), [(0, 24), (2**20, 24), (2**21, 16), (2**22, 8), (2**40, 5)])
def test_large_results_are_kept_in_small_numbers(result_bytes: int, window: int) -> None:
    submitted = []

    class Listing(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            submitted.append(args)
            future: Future[Any] = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    results = run_tasks(_add, 1, range(100), executor=Listing(), workers=3, result_bytes=result_bytes)
    next(results)
    assert len(submitted) == window
    results.close()


def test_a_member_whose_future_was_cancelled_is_named(example_wc: Multisite, days: dict[str, Any]) -> None:
    class Cancelling(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.cancel()
            return future

    with pytest.raises(MemberError, match="member 0 was cancelled"):
        example_wc.simulate_ensemble(2, seed=7, executor=Cancelling(), **days)


def _add(common: int, own: int) -> int:
    return common + own


@pytest.mark.parametrize("n_workers", [1, 2, 3])
def test_ensembles_on_the_pool_whose_workers_ask_for_them(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], n_workers: int
) -> None:
    """All workers would wait for tasks that none is left to begin; they do these themselves."""
    with ThreadPoolExecutor(n_workers) as pool:
        inner = [
            pool.submit(lambda: example_wc.simulate_ensemble(3, seed=7, executor=pool, **days).values) for _ in range(n_workers)
        ]
        for future in inner:
            assert np.array_equal(future.result(timeout=60), reference[:3])


def test_a_pool_that_takes_no_tasks_any_more_is_told(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    pool = ThreadPoolExecutor(2)
    pool.shutdown()
    with pytest.raises(MemberError, match="cannot schedule new futures"):
        example_wc.simulate_ensemble(2, seed=7, executor=pool, out_dir=tmp_path, engine="scipy", **days)


def test_a_kept_exception_keeps_no_worker(example_wc: Multisite, days: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Notebooks keep the last exception, and with it the frames that it went through."""
    monkeypatch.setattr("varwg.ensembles._tasks.members_per_task", lambda *_: 1)
    computed = []

    def failing(*arguments: Any, **keywords: Any) -> None:
        computed.append(1)
        raise OSError("no weather today")

    monkeypatch.setattr("weathercop._simulation.realize_together", failing)
    with pytest.raises(MemberError) as kept:
        example_wc.simulate_ensemble(300, seed=7, n_workers=2, **days)
    so_far = len(computed)
    assert so_far < 100
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("weathercop")]
    assert kept.value.__traceback__ is not None
