"""Ensembles: the same bits on any executor, in any order, resumed or not; failures that leave what was finished."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import weathercop
from varwg.errors import StoreError
from weathercop.ensemble import MemberError

N_MEMBERS = 6
DAYS = {"start": "2001-01-01", "n_days": 500}


@pytest.fixture(scope="module")
def reference(example_wc):
    """Members computed one by one through `simulate`."""
    return np.array(
        [example_wc.simulate(rng=weathercop.realization_rng(i, seed=7), **DAYS).sim_sea.values for i in range(N_MEMBERS)]
    )


class Rearranging(Executor):
    """Runs nothing until all members are submitted, and then in an order of its own."""

    _max_workers = N_MEMBERS

    def __init__(self, order):
        self.order = order
        self.tasks = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.tasks.append((future, fn, args, kwargs))
        if len(self.tasks) == N_MEMBERS:
            for position in self.order(N_MEMBERS):
                task, function, arguments, keywords = self.tasks[position]
                task.set_result(function(*arguments, **keywords))
        return future


@pytest.mark.parametrize("n_workers", [1, 2, 8, 32])
def test_any_number_of_threads(example_wc, reference, n_workers):
    ensemble = example_wc.simulate_ensemble(N_MEMBERS, seed=7, n_workers=n_workers, **DAYS)
    assert np.array_equal(ensemble.values, reference)


def test_threads_that_switch_all_the_time(example_wc, reference):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        ensemble = example_wc.simulate_ensemble(N_MEMBERS, seed=7, n_workers=8, **DAYS)
    finally:
        sys.setswitchinterval(interval)
    assert np.array_equal(ensemble.values, reference)


@pytest.mark.parametrize("order", [lambda n: reversed(range(n)), lambda n: np.random.default_rng(3).permutation(n)])
def test_any_order_of_execution(example_wc, reference, order):
    ensemble = example_wc.simulate_ensemble(N_MEMBERS, seed=7, executor=Rearranging(order), **DAYS)
    assert np.array_equal(ensemble.values, reference)


def test_processes(example_wc, reference):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        ensemble = example_wc.simulate_ensemble(N_MEMBERS, seed=7, executor=pool, **DAYS)
        assert pool.submit(os.getpid).result() != os.getpid()
    assert np.array_equal(ensemble.values, reference)


def test_what_was_passed_is_not_shut_down(example_wc):
    with ThreadPoolExecutor(1) as pool:
        example_wc.simulate_ensemble(1, seed=7, executor=pool, **DAYS)
        assert pool.submit(lambda: 3).result() == 3


def test_a_longer_ensemble_begins_with_the_same_members(example_wc, reference):
    longer = example_wc.simulate_ensemble(N_MEMBERS + 3, seed=7, n_workers=2, **DAYS)
    assert np.array_equal(longer.values[:N_MEMBERS], reference)


def test_on_disk_and_opened_lazily(example_wc, reference, tmp_path):
    ensemble = example_wc.simulate_ensemble(N_MEMBERS, seed=7, out_dir=tmp_path, **DAYS)
    assert not ensemble.variable._in_memory
    assert np.array_equal(ensemble.values, reference)
    member = weathercop.open_ensemble(tmp_path).sel(realization=3)
    assert np.array_equal(member.values, reference[3])
    assert member.realization.attrs["standard_name"] == "realization"


def test_without_a_seed_member_i_has_the_seed_i(example_wc):
    ensemble = example_wc.simulate_ensemble(2, **DAYS)
    alone = example_wc.simulate(rng=np.random.SeedSequence(1), **DAYS)
    assert np.array_equal(ensemble.values[1], alone.sim_sea.values)


@pytest.mark.parametrize("seed", [2**127 + 5, [1, 2, 3], np.random.SeedSequence(5, spawn_key=(4,))])
def test_seeds_of_all_kinds_address_members(example_wc, seed, tmp_path):
    ensemble = example_wc.simulate_ensemble(2, seed=seed, out_dir=tmp_path, **DAYS)
    alone = example_wc.simulate(rng=weathercop.realization_rng(1, seed=seed), **DAYS)
    assert np.array_equal(ensemble.values[1], alone.sim_sea.values)


def test_different_seeds_share_no_member(example_wc):
    one, other = (example_wc.simulate_ensemble(4, seed=seed, **DAYS).values[:, :, 0] for seed in (1, 2))
    assert not np.intersect1d(one, other).size


def test_hash_randomisation_does_not_matter(example_model, reference, tmp_path):
    example_model.save(tmp_path / "model.nc")
    code = textwrap.dedent(
        """
        import hashlib, sys, weathercop
        result = weathercop.simulate(weathercop.load_model(sys.argv[1]), __import__("numpy").datetime64("2001-01-01")
            + __import__("numpy").arange(500), rng=weathercop.realization_rng(2, seed=7))
        print(hashlib.sha256(result.sim_sea.values.tobytes()).hexdigest())
        """
    )
    hashes = set()
    for hash_seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        arguments = [sys.executable, "-c", code, str(tmp_path / "model.nc")]
        hashes.add(subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout.strip())
    import hashlib

    assert hashes == {hashlib.sha256(reference[2].tobytes()).hexdigest()}


def test_resumed_after_some_members_are_gone_or_damaged(example_wc, reference, tmp_path):
    example_wc.simulate_ensemble(N_MEMBERS, seed=7, out_dir=tmp_path, **DAYS)
    (tmp_path / "real_0001.nc").unlink()
    damaged = tmp_path / "real_0004.nc"
    damaged.write_bytes(damaged.read_bytes()[:3000])
    untouched = (tmp_path / "real_0000.nc").stat().st_mtime_ns
    again = example_wc.simulate_ensemble(N_MEMBERS, seed=7, out_dir=tmp_path, **DAYS)
    assert np.array_equal(again.values, reference)
    assert (tmp_path / "real_0000.nc").stat().st_mtime_ns == untouched


def test_killed_at_any_moment_and_resumed(example_model, reference, tmp_path):
    """SIGKILL after a member has appeared; what is left is whole members and perhaps a temporary file."""
    example_model.save(tmp_path / "model.nc")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "weathercop", "simulate", str(tmp_path / "model.nc"), "-n", str(N_MEMBERS), "--seed", "7"]
    command += ["-o", str(out), "--start", "2001-01-01", "--days", "500", "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (out / "real_0001.nc").exists():
            pass
        process.kill()
    subprocess.run(command, check=True, capture_output=True)
    assert np.array_equal(weathercop.open_ensemble(out).values, reference)
    assert not list(out.glob(".*.tmp"))


@pytest.mark.parametrize(
    ("options", "field"),
    [({"seed": 8}, "seed"), ({"theta_incr": 1.0}, "scenario"), ({"start": "2002-01-01"}, "first_day"), ({"n_days": 9}, "n_days")],
)
def test_a_directory_of_another_run_is_refused(example_wc, tmp_path, options, field):
    example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **DAYS)
    with pytest.raises(StoreError, match=f"another {field}"):
        example_wc.simulate_ensemble(1, **({"seed": 7, "out_dir": tmp_path} | DAYS | options))


def test_foreign_files_are_refused_and_left_alone(example_wc, tmp_path):
    foreign = tmp_path / "real_0000.nc"
    weathercop.example_dataset().to_netcdf(foreign)
    content = foreign.read_bytes()
    with pytest.raises(StoreError, match=r"no manifest\.json"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **DAYS)
    foreign.rename(tmp_path / "elsewhere.nc")
    example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path, **DAYS)
    (tmp_path / "elsewhere.nc").rename(tmp_path / "real_0001.nc")
    with pytest.raises(StoreError, match="not a member file"):
        example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **DAYS)
    assert (tmp_path / "real_0001.nc").read_bytes() == content


def test_a_member_in_the_wrong_place_is_noticed(example_wc, tmp_path):
    example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **DAYS)
    (tmp_path / "real_0001.nc").replace(tmp_path / "real_0000.nc")
    with pytest.raises(StoreError, match="spawn_key '1', but member 0"):
        example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, **DAYS)


def test_a_file_in_place_of_the_directory(example_wc, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(StoreError, match="cannot be created"):
        example_wc.simulate_ensemble(1, seed=7, out_dir=tmp_path / "file", **DAYS)


class Failing(Executor):
    """Fails on one member."""

    def __init__(self, failing):
        self.failing = failing

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        if args[-1].spawn_key == (self.failing,):
            future.set_exception(RuntimeError("out of luck"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_failing_member_is_named_and_the_finished_ones_stay(example_wc, reference, tmp_path):
    with pytest.raises(MemberError, match=r"member 2 failed \(RuntimeError: out of luck\)"):
        example_wc.simulate_ensemble(N_MEMBERS, seed=7, executor=Failing(2), out_dir=tmp_path, **DAYS)
    assert not (tmp_path / "real_0002.nc").exists()
    resumed = example_wc.simulate_ensemble(N_MEMBERS, seed=7, out_dir=tmp_path, **DAYS)
    assert np.array_equal(resumed.values, reference)


def test_never_more_members_under_way_than_the_window(example_wc):
    class Counting(ThreadPoolExecutor):
        waiting = 0

        def submit(self, fn, /, *args, **kwargs):
            Counting.waiting = max(Counting.waiting, self._work_queue.qsize())
            return super().submit(fn, *args, **kwargs)

    with Counting(2) as pool:
        example_wc.simulate_ensemble(40, seed=7, executor=pool, **DAYS)
    assert Counting.waiting <= 4


@pytest.mark.parametrize("n_members", [0, -1, 2.0, True, "3"])
def test_the_number_of_members_is_positive(example_wc, n_members):
    with pytest.raises(ValueError, match="number of members"):
        example_wc.simulate_ensemble(n_members, seed=1)


def test_executor_and_workers_exclude_each_other(example_wc):
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="both"):
        example_wc.simulate_ensemble(1, seed=1, executor=pool, n_workers=2)
    with pytest.raises(TypeError, match="instance"):
        example_wc.simulate_ensemble(1, seed=1, executor=ThreadPoolExecutor)
    with pytest.raises(ValueError, match="n_workers is 0"):
        example_wc.simulate_ensemble(1, seed=1, n_workers=0)


def test_progress_is_told_to_a_callback(example_wc):
    told = []
    example_wc.simulate_ensemble(3, seed=7, progress=lambda done, total: told.append((done, total)), **DAYS)
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_classic_engine_and_single_precision(example_wc, reference, tmp_path):
    ensemble = example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, engine="scipy", dtype="float32", **DAYS)
    assert np.array_equal(ensemble.values, reference[:2].astype(np.float32))
    assert (tmp_path / "real_0000.nc").read_bytes()[:3] == b"CDF"
    again = example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path, engine="scipy", dtype="float32", **DAYS)
    assert np.array_equal(again.values, ensemble.values)
