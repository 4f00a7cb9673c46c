"""Tasks on executors: how many are under way, in which order they come back, and how their common part travels."""

from __future__ import annotations

import mmap
import os
import pickle
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np

from varwg._persistence import shared_file
from varwg.errors import ExecutorError

Common = TypeVar("Common")
Own = TypeVar("Own")
Result = TypeVar("Result")

#: Tasks under way besides one per worker: at least two, so that a worker that ends finds the next one; more, up to so many
#: for each worker, as long as their results take no memory to speak of, so that it does so even while a disk is slow.
_FEWEST_AHEAD: Final = 2
_MOST_PER_WORKER: Final = 8
_AHEAD_BYTES: Final = 2**25
#: Buffers of a shared value begin at multiples of so many bytes, as arrays in memory do.
_ALIGNMENT: Final = 64


class MappedValue(NamedTuple):
    """Where another process finds a shared value: what it gets in place of the value itself."""

    path: str
    structure: bytes
    lengths: tuple[int, ...]

    def value(self) -> Any:
        """The value, its arrays read-only and in memory that all processes of the machine share.

        Raises
        ------
        ExecutorError
            If the file is not there: this is another machine, or the sender has withdrawn it.
        """
        try:
            with Path(self.path).open("rb") as file:
                shared = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as error:
            raise ExecutorError(f"{self.path} cannot be seen from here ({error}).") from error
        starts = np.cumsum([0, *map(_padded, self.lengths)])
        buffers = [shared[start : start + length] for start, length in zip(starts, self.lengths, strict=False)]
        return pickle.loads(self.structure, buffers=buffers)


class SharedValue(Generic[Common]):
    """What all tasks have in common, made to be an argument of each.

    Within the process it is the value itself. Whoever pickles it is about to send it to another process, and gets an
    `MappedValue` instead: at the first such occasion the arrays are written to a temporary file, which every worker maps
    into its memory for the time of a task. So the model goes once to the disk (rather, to its cache) and never through
    a pipe, the workers hold one copy together, and neither side needs anything that outlives the call.

    Parameters
    ----------
    value : object
        Anything that can be pickled. The file holds its arrays only; structure and types travel with the tasks.
    """

    def __init__(self, value: Common) -> None:
        self._value = value
        self._mapped: MappedValue | None = None
        self._descriptor: int | None = None
        self._lock = threading.Lock()

    def value(self) -> Common:
        """The value itself."""
        return self._value

    def __reduce__(self) -> tuple[type[MappedValue], tuple[Any, ...]]:
        with self._lock:
            if self._mapped is None:
                self._mapped, self._descriptor = _written(self._value)
        return MappedValue, tuple(self._mapped)

    def __enter__(self) -> SharedValue[Common]:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
            elif self._mapped is not None:
                # Windows keeps a file that a worker has still open; it is in the directory for temporary files.
                with suppress(OSError):
                    Path(self._mapped.path).unlink()


def run_tasks(
    task: Callable[[Any, Own], Result],
    common: Common,
    arguments: Iterable[Own],
    *,
    executor: Executor | None,
    workers: int,
    result_bytes: int = 0,
) -> Generator[tuple[Own, Callable[[], Result]], None, None]:
    """Results of `task(common, own)` in the order of the arguments, however the executor orders its work.

    Parameters
    ----------
    task : callable
        A function of a module, so that other processes can import it.
    common : object
        What all tasks share; it travels once per worker to a dask cluster, through shared memory to other processes,
        and with each task only to machines that see neither.
    arguments : iterable
        What is each task's own.
    executor : Executor or None
        Where tasks run; only its `submit` is used. None is an own pool of threads, or no pool if `workers` is 1.
    workers : int
        How many tasks run at a time. Up to eight for each are under way or wait to be taken, and nothing else is kept.
    result_bytes : int
        Size of a result; the larger it is, the fewer tasks are under way.

    Yields
    ------
    argument, callable
        The callable gives the task's result or raises what the task raised.
    """
    if executor is None and workers == 1:
        for own in arguments:
            yield own, lambda own=own: task(common, own)  # type: ignore[misc]
        return
    with ExitStack() as stack:
        pool = executor if executor is not None else stack.enter_context(_own_threads(workers))
        sender = stack.enter_context(_sender(pool, task, common))
        pending: deque[tuple[Own, Future[Any]]] = deque()
        window = int(np.clip(_AHEAD_BYTES // max(result_bytes, 1), workers + _FEWEST_AHEAD, workers * _MOST_PER_WORKER))
        stack.callback(lambda: [future.cancel() for _, future in pending])
        for own in arguments:
            pending.append((own, sender.submit(own)))
            if len(pending) >= window:
                yield sender.outcome(*pending.popleft())
        while pending:
            yield sender.outcome(*pending.popleft())


def mapped(function: Callable[[Own], Result], arguments: Iterable[Own], workers: int) -> list[Result]:
    """Results of a function on threads, in the order of the arguments.

    What fails first in that order is raised, and what has not begun by then is cancelled.
    """
    with closing(run_tasks(_called, function, arguments, executor=None, workers=workers)) as outcomes:
        return [compute() for _, compute in outcomes]


def _called(function: Callable[[Own], Result], own: Own) -> Result:
    return function(own)


def worker_count(executor: Executor | None, n_workers: int | None) -> int:
    """How many tasks can run at a time.

    Raises
    ------
    ValueError
        If both are given, or `n_workers` is not positive.
    TypeError
        If `executor` is not an instance of an executor.
    """
    if executor is not None:
        if n_workers is not None:
            raise ValueError("executor and n_workers were both given: an executor brings its own workers, so pass one.")
        if not callable(getattr(executor, "submit", None)) or isinstance(executor, type):
            raise TypeError(f"executor is {executor!r}, but an instance of concurrent.futures.Executor is needed.")
        return _workers_of(executor)
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


class _Sender(Generic[Common, Own]):
    """Submits tasks with their common part in the form that suits the executor."""

    def __init__(self, pool: Executor, task: Callable[[Any, Own], Any], common: Common, form: Any) -> None:
        self._pool = pool
        self._task = task
        self._common = common
        self._form = form

    def submit(self, own: Own) -> Future[Any]:
        """A task under way; of a pool that takes none any more, one that has failed."""
        try:
            return self._pool.submit(_run, self._task, self._form, own)
        except (BrokenExecutor, RuntimeError) as error:
            failed: Future[Any] = Future()
            failed.set_exception(error)
            return failed

    def outcome(self, own: Own, future: Future[Any]) -> tuple[Own, Callable[[], Any]]:
        """The result of a task, waited for.

        On a thread of the pool itself a task that nobody has begun is done here: if all threads of a pool waited for tasks
        that it has not begun, they would do so for ever.
        """
        inside = threading.current_thread() in getattr(self._pool, "_threads", ())
        if inside and not future.cancelled() and future.cancel():
            return own, lambda: _run(self._task, self._form, own)
        try:
            future.exception()
        except CancelledError:
            return own, future.result
        if isinstance(future.exception(), ExecutorError):
            self._form = self._common
            future = self.submit(own)
        return own, future.result


@contextmanager
def _sender(pool: Executor, task: Callable[[Any, Own], Any], common: Common) -> Iterator[_Sender[Common, Own]]:
    scatter = getattr(getattr(pool, "_client", None), "scatter", None)
    if callable(scatter):
        # dask.distributed: a future among the arguments becomes its value, which every worker receives once.
        yield _Sender(pool, task, common, scatter(common, broadcast=True, hash=False))
        return
    with SharedValue(common) as shared:
        yield _Sender(pool, task, common, shared)


def _run(task: Callable[[Any, Own], Result], form: Any, own: Own) -> Result:
    """What an executor runs."""
    return task(form.value() if isinstance(form, (SharedValue, MappedValue)) else form, own)


@contextmanager
def _own_threads(workers: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(workers, thread_name_prefix="weathercop")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _workers_of(executor: Executor) -> int:
    """Workers of somebody else's executor, by what the known ones (the standard library, loky, MPI, dask) say."""
    for name in ("_max_workers", "num_workers"):
        number = getattr(executor, name, None)
        if isinstance(number, int) and number > 0:
            return number
    threads = getattr(getattr(executor, "_client", None), "nthreads", None)
    return sum(threads().values()) or 1 if callable(threads) else available_cores()


def _written(value: Any) -> tuple[MappedValue, int | None]:
    """The arrays of a value in a file, and the descriptor that keeps it there, where one does."""
    buffers: list[pickle.PickleBuffer] = []
    structure = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    descriptor, path, held = shared_file()
    with os.fdopen(descriptor, "wb", closefd=not held) as file:
        file.writelines(chain.from_iterable((part, bytes(_padded(part.nbytes) - part.nbytes)) for part in raw))
    return MappedValue(path, structure, tuple(part.nbytes for part in raw)), descriptor if held else None


def _padded(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT
