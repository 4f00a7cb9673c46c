"""Parts of an ensemble: by ranges of members, by several processes in one directory, and merged from several directories."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import weathercop
from varwg import Simulation
from varwg._persistence import locked
from varwg.ensembles import merge_ensembles
from varwg.ensembles._integrity import check_ensemble
from varwg.errors import ScenarioError, StoreError
from weathercop import Multisite, MultisiteModel
from weathercop._cli import main

SIMULATE = """
import sys
from weathercop import load_model
from varwg import Request
from varwg.ensembles import simulate_ensemble

first, stop = map(int, sys.argv[3:5])
simulate_ensemble(
    load_model(sys.argv[1]), range(first, stop), Request(start="2001-01-01", n_days=500), seed=7, out_dir=sys.argv[2], n_workers=1
)
"""


@pytest.fixture
def parts(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> list[Path]:
    """Six members in three directories."""
    directories = [tmp_path / f"part{number}" for number in range(3)]
    for number, directory in enumerate(directories):
        example_wc.simulate_ensemble(range(2 * number, 2 * number + 2), seed=7, out_dir=directory, **days)
    return directories


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_range_is_that_part_of_the_whole(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path
) -> None:
    """In memory, one by one, in files, and opened."""
    part = example_wc.simulate_ensemble(range(2, 5), seed=7, **days)
    assert np.array_equal(part.values, reference[2:5])
    assert part["realization"].values.tolist() == [2, 3, 4]
    for member, own in enumerate(example_wc.iter_members(range(4, 6), seed=7, **days), start=4):
        assert int(own["realization"]) == member
        assert np.array_equal(own.values, reference[member])
    written = example_wc.simulate_ensemble(range(2, 5), seed=7, out_dir=tmp_path, **days)
    for ensemble in (written, weathercop.open_ensemble(tmp_path)):
        assert np.array_equal(ensemble.values, reference[2:5])
        assert ensemble["realization"].values.tolist() == [2, 3, 4]


def test_a_range_of_a_paired_ensemble(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    base = example_wc.simulate_ensemble(range(2, 5), seed=7, out_dir=tmp_path, **days)
    whole = example_wc.simulate_ensemble(5, seed=7, theta_incr=2.0, **days)
    paired = example_wc.simulate_ensemble(range(3, 5), phases_from=base, theta_incr=2.0, **days)
    assert np.array_equal(paired.values, whole.values[3:5])
    with pytest.raises(ScenarioError, match="no member 5, but the members 3 to 5 are asked for"):
        example_wc.simulate_ensemble(range(3, 6), phases_from=tmp_path, theta_incr=2.0, **days)


@pytest.mark.parametrize("members", [range(3, 3), range(0, 6, 2), range(-1, 3), range(3, 0, -1)])
def test_a_range_that_is_no_part(example_wc: Multisite, days: dict[str, Any], members: range) -> None:
    with pytest.raises(ValueError, match="consecutive numbers are needed"):
        example_wc.simulate_ensemble(members, seed=7, **days)


def test_what_is_missing_is_told_and_computed(
    example_wc: Multisite, example_model: MultisiteModel, reference: np.ndarray, days: dict[str, Any], tmp_path: Path
) -> None:
    from varwg.ensembles._integrity import repair

    example_wc.simulate_ensemble(range(1, 3), seed=7, out_dir=tmp_path, **days)
    assert check_ensemble(tmp_path) == []
    example_wc.simulate_ensemble(range(4, 6), seed=7, out_dir=tmp_path, **days)
    (tmp_path / "real_0005.nc").unlink()
    findings = check_ensemble(tmp_path)
    assert [(finding.member, finding.said) for finding in findings] == [(3, "is missing"), (5, "is missing")]
    assert repair(tmp_path, example_model, findings) == [3, 5]
    assert np.array_equal(weathercop.open_ensemble(tmp_path).values, reference[1:6])


@pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")
def test_several_processes_write_one_directory_at_the_same_time(
    example_wc: Multisite, days: dict[str, Any], model_file: Path, tmp_path: Path
) -> None:
    """Four write different members, one of them is killed and started again."""
    out, size = tmp_path / "out", 60
    ranges = [(number * size, (number + 1) * size) for number in range(4)]

    def start(first: int, stop: int) -> Any:
        command = [sys.executable, "-c", SIMULATE, str(model_file), str(out), str(first), str(stop)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    running = [start(*own) for own in ranges]
    try:
        victim, deadline = running[1], time.monotonic() + 60.0
        while not (out / f"real_{size + 2:04d}.nc").exists() and victim.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        victim.kill()
        for process in running:
            process.communicate(timeout=60)
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, -signal.SIGKILL, 0, 0]
    assert start(*ranges[1]).wait(timeout=60) == 0
    whole = example_wc.simulate_ensemble(4 * size, seed=7, **days)
    assert np.array_equal(weathercop.open_ensemble(out).values, whole.values)
    assert check_ensemble(out) == []
    assert {name for name in names_in(out) if not name.startswith("real_")} == {".lock", "index.jsonl", "manifest.json"}


def test_two_runs_of_the_same_members_are_refused_and_others_are_not(
    example_wc: Multisite, reference: np.ndarray, days: dict[str, Any], tmp_path: Path
) -> None:
    with locked(tmp_path / ".lock.0-3"):
        with pytest.raises(StoreError, match="the members 0 to 2 are being computed by another run"):
            example_wc.simulate_ensemble(range(2, 4), seed=7, out_dir=tmp_path, **days)
        example_wc.simulate_ensemble(range(3, 6), seed=7, out_dir=tmp_path, **days)
    example_wc.simulate_ensemble(range(3), seed=7, out_dir=tmp_path, **days)
    assert np.array_equal(weathercop.open_ensemble(tmp_path).values, reference)
    assert check_ensemble(tmp_path) == []


def test_what_a_run_that_goes_on_writes_is_left_alone(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    """Temporary files of its members, and its lines of the index."""
    with locked(tmp_path / ".lock.0-3"):
        (tmp_path / ".real_0001.nc.x-1-1-0.tmp").touch()
        (tmp_path / ".real_0004.nc.x-1-1-0.tmp").touch()
        (tmp_path / "index.0-3.jsonl").touch()
        example_wc.simulate_ensemble(range(3, 6), seed=7, out_dir=tmp_path, **days)
        assert {".real_0001.nc.x-1-1-0.tmp", "index.0-3.jsonl"} <= names_in(tmp_path)
        assert ".real_0004.nc.x-1-1-0.tmp" not in names_in(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_file_systems_without_locks(
    example_wc: Multisite,
    reference: np.ndarray,
    days: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    """Files that one process only can make take their place; what a process that is gone has left of them does not count."""
    fcntl = pytest.importorskip("fcntl")

    def without(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", without)
    with locked(tmp_path / ".lock.0-2"):
        with pytest.raises(StoreError, match="another process"):
            example_wc.simulate_ensemble(range(1, 3), seed=7, out_dir=tmp_path, **days)
        example_wc.simulate_ensemble(range(2, 6), seed=7, out_dir=tmp_path, **days)
    child = subprocess.run(
        [sys.executable, "-c", "from varwg._persistence import _process; print(_process())"], capture_output=True, check=True
    )
    (tmp_path / ".lock.0-2").touch()
    for name in (".lock.taken", ".lock.0-2.taken"):
        (tmp_path / name).write_text(child.stdout.decode().strip())
    example_wc.simulate_ensemble(range(2), seed=7, out_dir=tmp_path, **days)
    assert np.array_equal(weathercop.open_ensemble(tmp_path).values, reference)
    assert not [name for name in names_in(tmp_path) if name.endswith(".taken") or name.startswith(".lock.")]


def test_a_lock_is_given_back_when_a_run_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")

    def without(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without)
    with pytest.raises(ZeroDivisionError), locked(tmp_path / ".lock"):
        raise ZeroDivisionError
    with locked(tmp_path / ".lock"):
        pass


def test_merged_parts_are_the_whole(parts: list[Path], reference: np.ndarray, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert np.array_equal(merge_ensembles(parts, out).values, reference)
    assert check_ensemble(out) == []
    assert names_in(out) == {".lock", "index.jsonl", "manifest.json", *(f"real_{number:04d}.nc" for number in range(6))}
    assert np.array_equal(weathercop.open_ensemble(parts[1]).values, reference[2:4])


def test_parts_merged_into_one_of_them_and_with_members_in_common(
    example_wc: Multisite, parts: list[Path], reference: np.ndarray, days: dict[str, Any], tmp_path: Path
) -> None:
    example_wc.simulate_ensemble(range(1, 4), seed=7, out_dir=tmp_path / "more", **days)
    merged = merge_ensembles([*parts, tmp_path / "more"], parts[0])
    assert np.array_equal(merged.values, reference)


def test_hours_are_merged_with_their_days(example_wc: Multisite, days: dict[str, Any], tmp_path: Path) -> None:
    whole = example_wc.simulate_ensemble(2, seed=7, out_dir=tmp_path / "whole", disaggregate=True, archive="formula", **days)
    for number in range(2):
        part = tmp_path / f"part{number}"
        example_wc.simulate_ensemble(
            range(number, number + 1), seed=7, out_dir=part, disaggregate=True, archive="formula", **days
        )
    merged = merge_ensembles([tmp_path / "part0", tmp_path / "part1"], tmp_path / "out")
    assert np.array_equal(merged.values, whole.values)
    whole_hours, hours = (weathercop.open_ensemble(tmp_path / name, step="hourly").values for name in ("whole", "out"))
    assert np.array_equal(whole_hours, hours)
    (tmp_path / "part1" / "real_0001_hourly.nc").unlink()
    with pytest.raises(StoreError, match="member 1 has no hours beside its days"):
        merge_ensembles([tmp_path / "part0", tmp_path / "part1"], tmp_path / "again")


@pytest.mark.parametrize("after", range(6))
def test_a_merge_that_stops_is_no_ensemble_and_goes_on(
    parts: list[Path], reference: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    out, copy = tmp_path / "out", shutil.copyfile
    copied: list[Any] = []

    def stopping(*arguments: Any) -> None:
        if len(copied) == after:
            raise KeyboardInterrupt
        copied.append(copy(*arguments))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", stopping)
        with pytest.raises(KeyboardInterrupt):
            merge_ensembles(parts, out)
    with pytest.raises(StoreError, match="holds no ensemble"):
        weathercop.open_ensemble(out)
    assert np.array_equal(merge_ensembles(parts, out).values, reference)
    assert len(copied) == after
    assert check_ensemble(out) == []


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"seed": 8}, "seed"),
        ({"seed": 7, "theta_incr": 1.0}, "scenario"),
        ({"seed": 7, "start": "2002-01-01"}, "first_day"),
        ({"seed": 7, "n_days": 400}, "n_days"),
        ({"seed": 7, "dtype": "float32"}, "dtype"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    example_wc: Multisite, parts: list[Path], days: dict[str, Any], tmp_path: Path, other: dict[str, Any], what: str
) -> None:
    example_wc.simulate_ensemble(range(6, 7), out_dir=tmp_path / "other", **{**days, **other})
    with pytest.raises(StoreError, match=f"other has the {what} .*: they are not of one ensemble"):
        merge_ensembles([*parts, tmp_path / "other"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_member_with_other_bits_or_damage_is_refused(
    example_wc: Multisite, parts: list[Path], days: dict[str, Any], tmp_path: Path
) -> None:
    from netCDF4 import Dataset

    shutil.copytree(parts[0], tmp_path / "other")
    with Dataset(tmp_path / "other" / "real_0001.nc", "r+") as file:
        file.content_sha256 = "0" * 64
    with pytest.raises(StoreError, match="one member with different bits"):
        merge_ensembles([*parts, tmp_path / "other"], tmp_path / "out")
    with Dataset(parts[1] / "real_0003.nc", "r+") as file:
        file.variables["theta"][0, 0] = 99.0
    with pytest.raises(StoreError, match=r"real_0003\.nc is not what was written: `weathercop check"):
        merge_ensembles(parts, tmp_path / "out")
    assert "real_0003.nc" not in names_in(tmp_path / "out")


def test_a_part_that_is_still_written_is_refused(parts: list[Path], tmp_path: Path) -> None:
    with locked(parts[1] / ".lock.2-4"), pytest.raises(StoreError, match="the members 2 to 3 are being computed by another run"):
        merge_ensembles(parts, tmp_path / "out")


def test_nothing_to_merge(parts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to merge"):
        merge_ensembles([parts[0]], parts[0])
    with pytest.raises(StoreError, match="holds no ensemble"):
        merge_ensembles([tmp_path], tmp_path / "out")


def test_a_job_array_on_the_command_line(
    model_file: Path, reference: np.ndarray, days: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["simulate", str(model_file), "--seed", "7", "--start", days["start"], "--days", str(days["n_days"])]
    for members in ("0:2", "2:4"):
        assert main([*command, "--members", members, "-o", str(out)]) == 0
    assert "Members 2 to 3 after" in capsys.readouterr().out
    assert main([*command, "-n", "5:6", "-o", str(tmp_path / "other")]) == 0
    assert main(["merge", str(out), str(tmp_path / "other"), "-o", str(tmp_path / "whole")]) == 0
    told = capsys.readouterr().out
    assert "5 members in" in told
    assert "1 between them are missing, the first is 4" in told
    assert np.array_equal(weathercop.open_ensemble(tmp_path / "whole").values, reference[[0, 1, 2, 3, 5]])


@pytest.mark.parametrize("members", ["3:3", "3:2", "-1:2", "a:b", ":4", "2:", "1:2:3", "0", "x", "²:4"])
def test_members_that_are_none(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], members: tuple[Simulation, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", str(model_file), f"--members={members}", "-o", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "expected" in capsys.readouterr().err
