"""Ensembles when things go wrong: killed, interrupted, out of space, read-only, two at once, a failing member."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg._persistence import locked
from varwg.ensembles import _memberfile as memberfile
from varwg.errors import MemberError, StoreError
from weathercop import Multisite

posix = pytest.mark.skipif(os.name != "posix", reason="needs the signals and resource limits of POSIX")

SIMULATE = """
import sys
import numpy as np
from weathercop import load_model
from varwg.ensembles._ensemble import simulate_ensemble
from varwg import Request

model = load_model(sys.argv[1])
plan = Request(times=np.datetime64("2001-01-01") + np.arange(500))

def simulate(n_members=6):
    return simulate_ensemble(model, n_members, plan, seed=7, out_dir=sys.argv[2], n_workers=2, progress=False)
"""


def run_program(code: str, *arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SIMULATE + textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@posix
def test_killed_at_any_moment_and_resumed(example_wc: Multisite, days: dict[str, Any], model_file: Path, tmp_path: Path) -> None:
    """Twelve processes are killed at moments spread over the run, one after the other in the same directory.

    They are children of a process that has imported everything, so that the moments are moments of simulating and
    writing. After each, whole members are there and nothing else has the name of a member; every other one is removed
    before the next, so that there is always work left.
    """
    code = """
    import os, signal, time
    from pathlib import Path
    import netCDF4
    from varwg.ensembles._opening import open_ensemble

    rng = np.random.default_rng(5)
    out = Path(sys.argv[2])
    killed = 0
    for attempt in range(12):
        child = os.fork()
        if child == 0:
            simulate(40)
            os._exit(0)
        time.sleep(float(rng.uniform(0.0, 0.1)))
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        members = sorted(out.glob("real_*.nc"))
        if members:
            open_ensemble(out).load()
        for member in members[::2]:
            member.unlink()
    assert killed >= 3, killed
    simulate(40)
    """
    done = run_program(code, model_file, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    expected = example_wc.simulate_ensemble(40, seed=7, **days)
    assert np.array_equal(weathercop.open_ensemble(tmp_path / "out").values, expected.values)
    assert not list((tmp_path / "out").glob(".*.tmp"))


@contextmanager
def listening_to_interrupts(command: list[str]) -> Iterator[Any]:
    """The running command, which is killed at the end.

    A child inherits an ignored SIGINT, and what a shell starts in the background has it ignored: the tests may run so.
    """
    inherited = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, inherited)
    with process:
        try:
            yield process
        finally:
            process.kill()


@posix
def test_interrupted_by_the_keyboard(model_file: Path, tmp_path: Path) -> None:
    """Exit code 130 each time, no traceback; finished members stay and the same command resumes after them.

    Several times, because an interrupt may come at any moment: one that comes while a library for files is at work must
    not be lost in there.
    """
    out = tmp_path / "out"
    command = [sys.executable, "-m", "weathercop", "simulate", str(model_file), "-n", "100000", "--seed", "7"]
    command += ["-o", str(out), "--start", "2001-01-01", "--days", "500", "--workers", "2"]
    for finished_before in (0, 150, 300):
        with listening_to_interrupts(command) as process:
            awaited, deadline = out / f"real_{finished_before + 3:05d}.nc", time.monotonic() + 50.0
            while process.poll() is None and not awaited.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            asked = time.monotonic()
            _, told = process.communicate(timeout=50)
        assert process.returncode == 130, told
        assert "interrupted" in told
        assert "Traceback" not in told
        assert time.monotonic() - asked < 20.0
    finished = weathercop.open_ensemble(out)
    assert finished.sizes["realization"] >= 304
    assert np.isfinite(finished.isel(variable=0).values).all()
    assert not list(out.glob(".*.tmp"))


@posix
@pytest.mark.parametrize("delay", [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.9, 1.3])
def test_interrupted_while_modules_are_imported(model_file: Path, tmp_path: Path, delay: float) -> None:
    """By the signal itself, or with exit code 130; never with a traceback, and never for nothing."""
    code = "import sys; print(1, flush=True); from weathercop.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "simulate", str(model_file), "-n", "100000", "-o", str(tmp_path / "out")]
    with listening_to_interrupts(command) as process:
        assert process.stdout.readline() == "1\n"
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT), told
    assert "Traceback" not in told


def test_an_interrupt_stops_workers_within_a_member(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    """Raised where a finished member is reported; afterwards nothing runs any more, and what waited was written."""
    seen = []

    def interrupting(done: int, total: int) -> None:
        seen.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        example_wc.simulate_ensemble(500, seed=7, out_dir=tmp_path, n_workers=4, progress=interrupting, **days)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("weathercop")]
    # Eight small members wait at most, besides the one that has just arrived.
    assert 3 <= weathercop.open_ensemble(tmp_path).sizes["realization"] <= 3 + 9


@posix
def test_a_full_disk(model_file: Path, reference: np.ndarray, tmp_path: Path) -> None:
    """A limit on the size of files makes real writes fail in the middle of a file.

    It is the system that says so, before the NetCDF library begins: that one would crash sooner or later.
    """
    code = """
    import resource
    from pathlib import Path
    from varwg.errors import StoreError

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (10, 5_000, 20_000, 60_000, 80_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            simulate()
        except StoreError as error:
            assert "File too large" in str(error) and "make room or choose another out_dir" in str(error), error
        else:
            raise SystemExit(f"{size} bytes were enough")
        assert {path.name for path in Path(sys.argv[2]).iterdir()} <= {".lock", ".lock.0-6", "manifest.json", "index.jsonl"}
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    simulate()
    """
    out = tmp_path / "out"
    done = run_program(code, model_file, out)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(weathercop.open_ensemble(out).values, reference)


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize("at_a_time", [1, 4])
def test_no_space_left_at_each_step_of_a_write(
    example_wc: Multisite,
    reference: np.ndarray,
    days: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failing: str,
    at_a_time: int,
) -> None:
    """The third of six members fails, and all after it; whole ones stay, no temporary file does, and the next run completes.

    Written one at a time, it is the member with the number 2, and the two before it stay.
    """
    calls = iter(range(1000))

    def full(original: Callable[..., Any], first_failure: int) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            if next(calls) >= first_failure:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(*arguments, **keywords)

        return call

    with monkeypatch.context() as patch:
        patch.setattr("varwg.ensembles._ensemble._FILES_AT_A_TIME", at_a_time)
        if failing == "write":
            patch.setattr(memberfile.MemberWriter, "write", full(memberfile.MemberWriter.write, 2))
        elif failing == "fsync":
            patch.setattr(os, "fsync", full(os.fsync, 4))
        else:
            patch.setattr("pathlib.Path.replace", full(type(tmp_path).replace, 3))
        number = "2" if at_a_time == 1 else r"\d"
        with pytest.raises(StoreError, match=rf"member {number} cannot be written .*No space left"):
            example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
    names = {path.name for path in tmp_path.iterdir()} - {".lock", "index.jsonl", "manifest.json"}
    whole = {"real_0000.nc", "real_0001.nc"}
    assert names == whole if at_a_time == 1 else names < {f"real_000{number}.nc" for number in range(6)}
    resumed = example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
    assert np.array_equal(resumed.values, reference)


def test_a_full_disk_before_the_first_member(
    example_wc: Multisite, days: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match=r"manifest\.json cannot be written .*No space left"):
            example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **days)
    assert {path.name for path in tmp_path.iterdir()} == {".lock"}
    example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **days)


def test_a_read_only_file_system(
    example_wc: Multisite, days: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file system refuses to make files; permissions would not stop an administrator who runs the tests."""
    open_file = os.open

    def read_only(path: Path, flags: int, *arguments: Any, **keywords: Any) -> Any:
        if flags & os.O_CREAT and str(path).startswith(str(tmp_path)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return open_file(path, flags, *arguments, **keywords)

    monkeypatch.setattr(os, "open", read_only)
    with pytest.raises(StoreError, match=r"cannot be written .*choose another directory"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **days)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a directory that nobody can write to")  # noqa: PTH112
@pytest.mark.parametrize("directory", ["/proc/self", "/proc/weather"])
def test_a_directory_that_nobody_can_write_to(example_wc: Multisite, days: dict[str, Any], directory: str) -> None:
    with pytest.raises(StoreError, match="choose another"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=directory, **days)


def test_a_file_in_place_of_the_directory(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(StoreError, match="cannot be created"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path / "file", **days)


def test_two_processes_in_one_directory(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path
) -> None:
    """Another process holds the directory until it is told to end, or dies."""
    code = """
        import sys
        from pathlib import Path
        from varwg._persistence import locked
        with locked(Path(sys.argv[1]) / ".lock.0-6"):
            print("held", flush=True)
            sys.stdin.read()
        """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="being written by another process"):
            example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
        assert not list(tmp_path.glob("*.nc"))
        process.kill()
    again = example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
    assert np.array_equal(again.values, reference)


def test_two_runs_of_one_process_in_one_directory(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    with locked(tmp_path / ".lock.0-4"), pytest.raises(StoreError, match=r"members 0 to 3 are being computed .*another process"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **days)


@pytest.mark.parametrize("n_workers", [1, 3])
@pytest.mark.parametrize("per_task", [1, 2, 5])
def test_a_failing_member_is_named_and_the_finished_ones_stay(
    example_wc: Multisite,
    reference: np.ndarray,
    days: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    n_workers: int,
    per_task: int,
) -> None:
    """Also where it is computed together with others, which are not lost."""
    from weathercop import _simulation as engine

    computed = []
    realize_together = engine.realize_together

    def failing(model: weathercop.MultisiteModel, plan: Any, rngs: list[np.random.Generator], **options: Any) -> list[Any]:
        seeds: list[Any] = [rng.bit_generator.seed_seq for rng in rngs]
        numbers = [seed.spawn_key[0] for seed in seeds]
        computed.append(numbers)
        if 2 in numbers:
            raise FloatingPointError("out of luck")
        return realize_together(model, plan, rngs=rngs, **options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "realize_together", failing)
        patch.setattr("varwg.ensembles._tasks.members_per_task", lambda *_: per_task)
        with pytest.raises(MemberError, match=r"member 2 failed \(FloatingPointError: out of luck\)") as caught:
            example_wc.simulate_ensemble(100, seed=7, n_workers=n_workers, out_dir=tmp_path, **days)
    assert isinstance(caught.value.__cause__, FloatingPointError)
    assert len(computed) <= 2 + per_task + 8 * n_workers
    assert sorted(path.name for path in tmp_path.glob("*.nc")) == ["real_0000.nc", "real_0001.nc"]
    resumed = example_wc.simulate_ensemble(6, seed=7, out_dir=tmp_path, **days)
    assert np.array_equal(resumed.values, reference)


def test_a_failing_member_leaves_the_executor_that_was_passed_usable(
    example_wc: Multisite, days: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(model: weathercop.MultisiteModel, plan: Any, rngs: list[np.random.Generator], **options: Any) -> None:
        raise MemoryError("no room")

    with ThreadPoolExecutor(2) as pool:
        with monkeypatch.context() as patch:
            patch.setattr("weathercop._simulation.realize_together", failing)
            with pytest.raises(MemberError, match="member 0"):
                example_wc.simulate_ensemble(20, seed=7, executor=pool, **days)
        assert pool.submit(lambda: 3).result() == 3
        assert pool._work_queue.qsize() == 0


def test_a_worker_process_that_dies_is_reported(
    example_wc: Multisite, days: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a broken pool does: every future fails."""
    from concurrent.futures.process import BrokenProcessPool

    class Broken(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            def die() -> None:
                raise BrokenProcessPool("a child process terminated abruptly")

            return super().submit(die)

    with Broken(2) as pool, pytest.raises(MemberError, match=r"member 0 failed .*terminated abruptly"):
        example_wc.simulate_ensemble(4, seed=7, executor=pool, **days)


@posix
def test_a_fork_during_a_run(model_file: Path, tmp_path: Path) -> None:
    """Children that are forked while threads of a run compute and write have locks that they can take, and files to write."""
    code = """
    import os, threading, time
    from pathlib import Path

    def part(first, stop, out):
        return simulate_ensemble(model, range(first, stop), plan, seed=7, out_dir=out, n_workers=2, progress=False)

    out = Path(sys.argv[2])
    part(0, 20, out)  # with all imports, whose locks no fork waits for
    for attempt in range(1, 12):
        run = threading.Thread(target=part, args=(20 * attempt, 20 * (attempt + 1), out))
        run.start()
        time.sleep(0.01 * attempt)
        child = os.fork()
        if child == 0:
            part(0, 1, f"{out}-{attempt}")
            os._exit(0)
        run.join()
        deadline = time.monotonic() + 15.0
        while not (ended := os.waitpid(child, os.WNOHANG))[0] and time.monotonic() < deadline:
            time.sleep(0.01)
        if not ended[0]:
            os.kill(child, 9)
        assert ended == (child, 0), (attempt, ended)
    """
    done = run_program(code, model_file, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert weathercop.open_ensemble(tmp_path / "out").sizes["realization"] == 240


@posix
def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    """That a pool of processes has been started while a directory was written does not close it for later runs."""
    with locked(tmp_path / ".lock"):
        child = os.fork()
        if child == 0:
            time.sleep(30.0)
            os._exit(0)
    try:
        with locked(tmp_path / ".lock"):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@posix
def test_told_to_end_by_the_system(example_wc: Multisite, days: dict[str, Any], model_file: Path, tmp_path: Path) -> None:
    """SIGTERM, as schedulers send it: what stands there is whole, and a run to the end makes the same ensemble."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "weathercop", "simulate", str(model_file), "-n", "100000", "--seed", "7"]
    command += ["-o", str(out), "--start", "2001-01-01", "--days", "500", "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 50.0
        while process.poll() is None and len(list(out.glob("real_*.nc"))) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=50)
    assert process.returncode == -signal.SIGTERM
    # Two workers end their tasks in any order, so the finished members need not be the first ones: they are known by number.
    finished = weathercop.open_ensemble(out)
    numbers = finished.realization.values[:6]
    alone = [
        example_wc.simulate(rng=weathercop.realization_rng(int(number), seed=7), **days).sim_sea.values for number in numbers
    ]
    assert len(numbers) == 6
    assert np.array_equal(finished.sel(realization=numbers).values, alone)
    again = [*command[: command.index("-n")], "-n", str(numbers.max() + 3), *command[command.index("-n") + 2 :]]
    subprocess.run(again, check=True, capture_output=True, timeout=100)
    assert np.array_equal(weathercop.open_ensemble(out).sel(realization=numbers).values, alone)
    assert not list(out.glob(".*.tmp"))


def test_many_threads_on_one_object(example_wc: Multisite, days: dict[str, Any], reference: np.ndarray) -> None:
    """64 threads share a fitted object; each gets the member that it would get alone."""
    together = threading.Barrier(64)

    def member(number: int) -> np.ndarray:
        together.wait()
        return example_wc.simulate(rng=weathercop.realization_rng(number % 6, seed=7), **days).sim_sea.values

    with ThreadPoolExecutor(64) as pool:
        made = list(pool.map(member, range(64)))
    assert all(np.array_equal(one, reference[number % 6]) for number, one in enumerate(made))


def test_beside_an_event_loop(example_wc: Multisite, days: dict[str, Any], reference: np.ndarray) -> None:
    """An ensemble on a thread of a running event loop, which goes on turning, and one on the loop's own thread."""

    async def both() -> tuple[np.ndarray, np.ndarray, int]:
        turns = 0
        task = asyncio.create_task(asyncio.to_thread(example_wc.simulate_ensemble, 6, seed=7, n_workers=2, **days))
        while not task.done():
            turns += 1
            await asyncio.sleep(0.001)
        return (await task).values, example_wc.simulate_ensemble(6, seed=7, n_workers=2, **days).values, turns

    beside, inside, turns = asyncio.run(both())
    assert np.array_equal(beside, reference)
    assert np.array_equal(inside, reference)
    assert turns > 3


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors and threads by /proc")
def test_nothing_piles_up_over_many_members(tmp_path: Path) -> None:
    """Descriptors and threads of the process are as many after 2000 members in files, read again, as after ten."""
    rng = np.random.default_rng(1)
    times = np.arange("2001-01-01", "2003-02-01", dtype="datetime64[D]").astype("datetime64[ns]")
    values = 10.0 - 9.0 * np.cos(2.0 * np.pi * np.arange(times.size) / 365.25) + 3.0 * rng.standard_normal((2, times.size))
    data = xr.Dataset({"theta": (("station", "time"), values, {"units": "degC"})}, {"station": ["A", "B"], "time": times})
    wc = Multisite(data).fit(rng=np.random.default_rng(2))

    def counts(n_members: int) -> tuple[int, int]:
        with wc.simulate_ensemble(n_members, seed=3, n_days=2, out_dir=tmp_path / str(n_members), n_workers=2) as ensemble:
            assert np.isfinite(ensemble.values).all()
        return len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))

    few, many = counts(10), counts(2000)
    assert many[0] <= few[0] + 2
    assert many[1] <= few[1] + 1
