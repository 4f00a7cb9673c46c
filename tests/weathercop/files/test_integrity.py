"""A member is what it says: copies, edits and flipped bits are noticed, told by the name of the file, and mended."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

import weathercop
from varwg.ensembles._integrity import check_ensemble
from varwg.errors import StoreError
from weathercop import Multisite
from weathercop._cli import main

DAYS: dict[str, Any] = {"n_days": 200, "start": "2001-01-01"}


@pytest.fixture(scope="module")
def original(example_wc: Multisite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    example_wc.simulate_ensemble(5, seed=7, out_dir=folder, **DAYS)
    return folder


@pytest.fixture
def directory(original: Path, tmp_path: Path) -> Path:
    """A copy with the times of change of the files, as `cp -a` makes it."""
    shutil.copytree(original, tmp_path / "out")
    return tmp_path / "out"


def edit(path: Path, change: Callable[..., Any]) -> None:
    with netCDF4.Dataset(path, "r+") as file:
        change(file)


def test_an_ensemble_that_nobody_touched_is_in_order(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(directory)]) == 0
    assert "all files are what was written" in capsys.readouterr().out


def test_a_copy_with_new_times_of_change_is_in_order(original: Path, tmp_path: Path) -> None:
    shutil.copytree(original, tmp_path / "out", copy_function=shutil.copyfile)
    assert np.isfinite(weathercop.open_ensemble(tmp_path / "out").values).all()


@pytest.mark.parametrize("copy", [shutil.copyfile, shutil.copy2])
def test_a_member_copied_over_another_is_refused(directory: Path, copy: Callable[..., Any]) -> None:
    copy(directory / "real_0001.nc", directory / "real_0003.nc")
    with pytest.raises(StoreError, match="real_0003"):
        weathercop.open_ensemble(directory)


def test_a_member_of_another_seed_is_refused(directory: Path, example_wc: Multisite, tmp_path: Path) -> None:
    example_wc.simulate_ensemble(5, seed=8, out_dir=tmp_path / "other", **DAYS)
    shutil.copyfile(tmp_path / "other" / "real_0002.nc", directory / "real_0002.nc")
    with pytest.raises(StoreError, match="real_0002"):
        weathercop.open_ensemble(directory)


@pytest.mark.parametrize(("field", "value"), [("seed", "0x8"), ("seed", ""), ("first_day", "2002-01-01"), ("n_days", 199)])
def test_an_edited_manifest_is_noticed(directory: Path, field: str, value: str | int) -> None:
    path = directory / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, field: value}))
    with pytest.raises(StoreError, match=r"real_0000\.nc"):
        weathercop.open_ensemble(directory)


EDITS = {
    "a unit": lambda file: file["R"].setncattr("units", "m"),
    "an epoch": lambda file: file["time"].setncattr("units", "days since 1971-01-01"),
    "a latitude": lambda file: file["latitude"].__setitem__(0, 12.0),
    "the order of stations": lambda file: file["station"].__setitem__(slice(None), file["station"][::-1]),
    "a value": lambda file: file["theta"].__setitem__((0, 0), 1.0),
    "a name": lambda file: file.renameVariable("U", "V"),
    "an attribute": lambda file: file.setncattr("title", "Observed weather"),
    "the number": lambda file: file["realization"].__setitem__(slice(None), 4),
}


@pytest.mark.parametrize(("engine", "what"), [*(("netcdf4", what) for what in EDITS), ("scipy", "a bit")])
def test_whatever_is_edited_is_noticed_everywhere(
    example_wc: Multisite, tmp_path: Path, what: str, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By opening, by `check`, and by a run that resumes, which computes it again: with the index and, as if old, without."""
    folder = tmp_path / "out"
    example_wc.simulate_ensemble(3, seed=7, out_dir=folder, engine=engine, **DAYS)
    path = folder / "real_0001.nc"
    content = xr.load_dataset(path)
    if engine == "scipy":
        raw = bytearray(path.read_bytes())
        raw[-100] ^= 1
        path.write_bytes(raw)
    else:
        edit(path, EDITS[what])
    with pytest.raises(StoreError, match="real_0001"):
        weathercop.open_ensemble(folder)
    assert main(["check", str(folder)]) == 1
    assert "real_0001.nc: " in capsys.readouterr().out
    (folder / "index.jsonl").unlink()
    assert main(["check", str(folder)]) == 1
    example_wc.simulate_ensemble(3, seed=7, out_dir=folder, engine=engine, **DAYS)
    assert xr.load_dataset(path).identical(content)
    assert main(["check", str(folder)]) == 0


@pytest.mark.parametrize("what", ["a unit", "an epoch", "a latitude", "the order of stations", "a value"])
def test_reproduce_names_what_differs(directory: Path, model_file: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = directory / "real_0001.nc"
    edit(path, EDITS[what])
    assert main(["reproduce", str(path), "--model", str(model_file)]) == 1
    said = capsys.readouterr()
    assert "different" in said.out or "cannot" in said.err
    assert "identical" not in said.out


def test_flipped_bits_are_all_noticed(directory: Path) -> None:
    """Every 997th byte of a member, one bit each: all are other bytes than were written."""
    path = directory / "real_0002.nc"
    content = path.read_bytes()
    for position in range(0, len(content), 997):
        flipped = bytearray(content)
        flipped[position] ^= 1 << (position % 8)
        path.write_bytes(flipped)
        assert [finding.path.name for finding in check_ensemble(directory)] == ["real_0002.nc"]
    path.write_bytes(content)
    assert not check_ensemble(directory)


def test_repair_computes_just_what_is_wrong(directory: Path, model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in directory.glob("real_*.nc")}
    edit(directory / "real_0001.nc", EDITS["a unit"])
    (directory / "real_0003.nc").unlink()
    assert main(["check", str(directory), "--repair"]) == 1
    assert main(["check", str(directory), "--model", str(model_file), "--repair"]) == 0
    assert "again: 1, 3" in capsys.readouterr().out
    for name, content in before.items():
        with xr.open_dataset(directory / name) as now:
            (directory / "before").write_bytes(content)
            with xr.open_dataset(directory / "before") as then:
                assert now.identical(then)


def test_an_ensemble_without_an_index_is_opened_and_gets_one(directory: Path, example_wc: Multisite) -> None:
    (directory / "index.jsonl").unlink()
    assert weathercop.open_ensemble(directory).sizes["realization"] == 5
    example_wc.simulate_ensemble(5, seed=7, out_dir=directory, **DAYS)
    members = [json.loads(line)["member"] for line in (directory / "index.jsonl").read_text().splitlines() if line]
    assert sorted(members) == [-1, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("change", ["lines", "index"])
def test_a_manifest_that_the_index_says_nothing_of_is_told_and_written_again(
    directory: Path, example_wc: Multisite, change: str
) -> None:
    """Who edits the manifest and removes its line, or all of the index, is found out; the same run again writes both."""
    manifest, index = directory / "manifest.json", directory / "index.jsonl"
    content = manifest.read_text()
    manifest.write_text(content.replace("n_days = 200", "n_days = 201"))
    if change == "index":
        index.unlink()
    else:
        index.write_text("".join(line for line in index.read_text().splitlines(keepends=True) if "manifest" not in line))
    assert [finding.path.name for finding in check_ensemble(directory)] == [
        {"index": "index.jsonl", "lines": "manifest.json"}[change]
    ]
    example_wc.simulate_ensemble(5, seed=7, out_dir=directory, **DAYS)
    assert manifest.read_text() == content
    assert not check_ensemble(directory)


def test_a_member_that_the_index_says_nothing_of_is_told(directory: Path, example_wc: Multisite) -> None:
    index = directory / "index.jsonl"
    index.write_text("".join(line for line in index.read_text().splitlines(keepends=True) if '"member": 2' not in line))
    assert [finding.member for finding in check_ensemble(directory)] == [2]
    example_wc.simulate_ensemble(5, seed=7, out_dir=directory, **DAYS)
    assert not check_ensemble(directory)


def test_a_line_of_the_index_that_was_not_finished_says_nothing(directory: Path, example_wc: Multisite) -> None:
    path = directory / "index.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    assert weathercop.open_ensemble(directory).sizes["realization"] == 5
    example_wc.simulate_ensemble(5, seed=7, out_dir=directory, **DAYS)
    assert main(["check", str(directory)]) == 0


def test_a_directory_without_a_name_is_refused(example_wc: Multisite) -> None:
    with pytest.raises(StoreError, match="out_dir is ''"):
        example_wc.simulate_ensemble(1, seed=1, out_dir="", **DAYS)


@pytest.mark.parametrize("name", ["index.jsonl", "index.0-5.jsonl", ".lock", ".lock.0-5"])
@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_link_in_place_of_what_a_run_writes_is_refused(name: str, example_wc: Multisite, tmp_path: Path) -> None:
    """Nothing is written or made where it leads to."""
    (tmp_path / "text").write_text("precious")
    for number, target in enumerate(("text", "nothing")):
        folder = tmp_path / f"out{number}"
        folder.mkdir()
        (folder / name).symlink_to(tmp_path / target)
        with pytest.raises(StoreError, match="cannot be written"):
            example_wc.simulate_ensemble(5, seed=7, out_dir=folder, **DAYS)
    assert (tmp_path / "text").read_text() == "precious" and not (tmp_path / "nothing").exists()


def test_nothing_else_is_written_into_an_ensemble(directory: Path, example_wc: Multisite, tmp_path: Path) -> None:
    content = (directory / "real_0000.nc").read_bytes()
    ensemble = weathercop.open_ensemble(directory)
    with pytest.raises(StoreError, match="is a file of the ensemble"):
        weathercop.ensembles.to_netcdf(ensemble, directory / "real_0000.nc")
    assert (directory / "real_0000.nc").read_bytes() == content


@pytest.mark.parametrize("state", ['{"bit_generator": "MT19937", "state": {"key": {"uint64": [1]}, "pos": 3}}', "[" * 100_000])
def test_a_state_that_no_generator_has_is_refused(
    directory: Path, model_file: Path, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = directory / "real_0000.nc"
    edit(path, lambda file: file.setncatts({"bit_generator": "MT19937", "bit_generator_state": state}))
    assert main(["reproduce", str(path), "--model", str(model_file)]) == 1
    assert "the recorded seed cannot be used" in capsys.readouterr().err


@pytest.mark.parametrize("phases", ["[]", "5", '{"times": 3}', '{"nothing": 1}'])
def test_phases_that_nobody_can_ask_for_are_refused(
    directory: Path, model_file: Path, phases: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = directory / "real_0000.nc"
    edit(path, lambda file: file.setncatts({"phases": phases}))
    assert main(["reproduce", str(path), "--model", str(model_file)]) == 1
    assert "it was edited" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "link"), reason="needs links")
def test_a_link_at_a_temporary_name_leads_nowhere(tmp_path: Path) -> None:
    """Names of temporary files cannot be guessed, and are made anew: nothing that lies there is followed."""
    from varwg._persistence import TEXT, replacing

    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    with replacing(tmp_path / "out.txt", kind=TEXT) as temporary:
        assert not temporary.is_symlink()
        temporary.write_text("new")
    assert victim.read_text() == "mine"
    assert (tmp_path / "out.txt").read_text() == "new"


@pytest.mark.parametrize("engine", ["netcdf4", "scipy"])
def test_values_that_rotted_without_a_change_of_time_are_noticed_when_they_are_read(
    example_wc: Multisite, tmp_path: Path, engine: str
) -> None:
    example_wc.simulate_ensemble(3, seed=7, out_dir=tmp_path / "out", engine=engine, **DAYS)
    path = tmp_path / "out" / "real_0001.nc"
    stat, content = path.stat(), bytearray(path.read_bytes())
    value = weathercop.open_ensemble(tmp_path / "out").sel(realization=1).values[0, 0, 100]
    at = content.find(np.array(value, dtype="<f8" if engine == "netcdf4" else ">f8").tobytes())
    content[at + 4] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    ensemble = weathercop.open_ensemble(tmp_path / "out")
    with pytest.raises(StoreError, match=r"real_0001\.nc cannot be read .*another content_sha256"):
        ensemble.sel(realization=1).load()
    assert np.isfinite(ensemble.sel(realization=2).values).all()


def test_every_byte_of_the_manifest_counts(directory: Path) -> None:
    """All bytes, one bit each: what is still a manifest has another hash than the index says."""
    path = directory / "manifest.json"
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ (1 << at % 8)]) + content[at + 1 :])
        try:
            found = check_ensemble(directory)
        except StoreError:
            continue
        assert any(finding.path.name == "manifest.json" for finding in found), at


@pytest.mark.parametrize(
    ("field", "value"),
    [("seed", "0xzz"), ("seed", "x1"), ("first_day", "yesterday"), ("first_day", ""), ("digits", -4), ("digits", 400)],
)
def test_a_manifest_with_what_is_no_seed_day_or_number_is_a_sentence(directory: Path, field: str, value: str | int) -> None:
    path = directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    for look in (weathercop.open_ensemble, check_ensemble):
        with pytest.raises(StoreError, match="cannot be read as a manifest"):
            look(directory)


def test_a_changed_manifest_is_not_repaired_from_itself(
    directory: Path, model_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = directory / "manifest.json"
    path.write_text(path.read_text().replace("n_days = 200", "n_days = 201"))
    assert main(["check", str(directory), "--model", str(model_file), "--repair"]) != 0
    assert "manifest.json is not what was written" in capsys.readouterr().err
