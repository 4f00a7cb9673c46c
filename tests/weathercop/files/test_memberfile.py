"""Files of members without any model: times of any step, names of any letters, places of any kind."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from varwg._calendar import decoded_times, encoded_times
from varwg._persistence import Engine
from varwg.ensembles import open_ensemble
from varwg.ensembles._integrity import read_index
from varwg.ensembles._memberfile import MemberWriter, chunk_of_series, read_checked, read_member
from varwg.ensembles._store import Manifest, MemberStore, member_files
from varwg.errors import StoreError

STATIONS = ("Qaanaaq", "Šibenik–Zablaće", "北京", "a/b c")
IDENTITY: dict[str, Any] = {"model": "m" * 64, "scenario": "{}"}
MANIFEST = Manifest(**IDENTITY, seed="", first_day="2000-02-28", n_days=4)
ENGINES = ("netcdf4", "scipy")


def times_of(step: str = "24h", n: int = 4) -> np.ndarray:
    number, unit = int(step[:-1]), step[-1]
    return (np.datetime64("2000-02-28", "ns") + (np.arange(n) * number).astype(f"timedelta64[{unit}]")).astype("datetime64[ns]")


def layout(
    times: np.ndarray | None = None, stations: tuple[Any, ...] = STATIONS, names: tuple[Any, ...] = ("theta", "R")
) -> xr.Dataset:
    times = times_of() if times is None else times
    empty = np.broadcast_to(np.nan, (len(stations), times.size))
    data = {name: xr.Variable(("station", "time"), empty, {"units": "1", "long_name": f"{name} °"}) for name in names}
    coordinates = {
        "station": xr.Variable("station", np.array(stations), {"cf_role": "timeseries_id"}),
        "latitude": xr.Variable("station", np.arange(len(stations)) * 10.0, {"units": "degrees_north"}),
        "time": xr.Variable("time", times, {"axis": "T"}),
    }
    return xr.Dataset(data, coordinates, {"Conventions": "CF-1.10"})


def member_of(path: Path) -> xr.Dataset:
    """A member that is whole."""
    member = read_member(path)
    assert member is not None
    return member


def writer(shape: xr.Dataset, **options: Any) -> MemberWriter:
    settings: dict[str, Any] = {"engine": "netcdf4", "dtype": "float64", "compression": 0}
    return MemberWriter(shape, **(settings | options))


def values_of(shape: xr.Dataset, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).standard_normal((shape.sizes["station"], len(shape.data_vars), shape.sizes["time"]))
    values[0, 0, 0] = np.nan
    return values


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_that_write_beside_each_other_write_the_same(tmp_path: Path, engine: Engine) -> None:
    """Whichever comes first and makes the template; with attributes of different lengths, and one that only some have."""
    shape = layout()
    said = [IDENTITY | {"spawn_key": f"({10**n},)"} | ({"remark": "x" * n} if n % 3 else {}) for n in range(12)]
    for folder, n_threads in (("alone", 1), ("beside", 6)):
        (tmp_path / folder).mkdir()
        store = MemberStore(tmp_path / folder, replace(MANIFEST, engine=engine), range(12), shape)
        with store.open_for_writing(), ThreadPoolExecutor(n_threads) as threads:
            list(threads.map(lambda n, store=store: store.write(n, values_of(shape, n), said[n]), range(12)))
    for number, path in member_files(tmp_path / "beside").items():
        assert read_checked(path) is not None
        assert member_of(path).identical(member_of(tmp_path / "alone" / path.name))
        assert member_of(path).attrs["spawn_key"] == said[number]["spawn_key"]
    assert {number for number, step in read_index(tmp_path / "beside") or {} if step == "daily"} == set(range(12))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("step", "unit", "dtype"),
    [
        ("24h", "days", "int32"),
        ("1h", "hours", "int32"),
        ("3h", "hours", "int32"),
        ("10m", "minutes", "int32"),
        ("30s", "seconds", "float64"),
    ],
)
def test_times_of_any_step(tmp_path: Path, engine: str, step: str, unit: str, dtype: str) -> None:
    """They come back exactly, in the largest unit that has them whole, in both kinds of file."""
    shape = layout(times_of(step, 300))
    path = tmp_path / "member.nc"
    content = writer(shape, engine=engine).write(path, 3, values_of(shape), {})
    with xr.open_dataset(path, decode_times=False) as dataset:
        assert dataset.time.attrs["units"] == f"{unit} since 1970-01-01"
        assert dataset.time.dtype == dtype
    member = member_of(path)
    assert np.array_equal(member.time.values, shape.time.values)
    entry = read_checked(path)
    assert entry is not None and entry["content_sha256"] == content
    assert np.array_equal(member.R.values, values_of(shape)[:, 1])


def test_times_before_1970_and_far_away() -> None:
    """Minutes of 6100 do not fit into 32 bits, and are written as seconds."""
    for first in ("0001-01-01", "1677-09-22", "2262-01-01", "6100-01-01", "99999-01-01"):
        for step, unit in ((1, "D"), (1, "h"), (10, "m"), (10, "s")):
            times = (np.datetime64(first, "s") + (np.arange(48) * step).astype(f"timedelta64[{unit}]")).astype("datetime64[s]")
            encoded = encoded_times(xr.Variable("time", times))
            assert np.array_equal(decoded_times(encoded.values, encoded.attrs["units"]), times)


@pytest.mark.parametrize("engine", ENGINES)
def test_names_of_any_letters(tmp_path: Path, engine: str) -> None:
    shape = layout()
    path = tmp_path / "member.nc"
    writer(shape, engine=engine).write(path, 0, values_of(shape), {"title": "Wetter – 天气"})
    member = member_of(path)
    assert tuple(member.station.values.tolist()) == STATIONS
    assert member.attrs["title"] == "Wetter – 天气"
    assert member.theta.attrs["long_name"] == "theta °"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_member_says_what_it_was_told_and_not_what_the_first_was(tmp_path: Path, engine: str) -> None:
    """The first file is the template of the others, whatever only it had to say."""
    shape = layout()
    write = writer(shape, engine=engine).write
    write(tmp_path / "0.nc", 0, values_of(shape, 0), {"a": "first", "only": "here"})
    write(tmp_path / "1.nc", 1, values_of(shape, 1), {"a": "second", "new": "there"})
    members = [member_of(tmp_path / f"{i}.nc") for i in (0, 1)]
    assert [member.attrs.get("a") for member in members] == ["first", "second"]
    assert [member.attrs.get("only") for member in members] == ["here", None]
    assert [member.attrs.get("new") for member in members] == [None, "there"]
    assert [int(member.realization) for member in members] == [0, 1]
    assert np.array_equal(members[1].R.values, values_of(shape, 1)[:, 1])
    assert members[0].theta.attrs == members[1].theta.attrs


@pytest.mark.parametrize("compression", [0, 3])
def test_a_file_cut_off_anywhere_is_noticed(tmp_path: Path, compression: int) -> None:
    shape = layout(times_of("1h", 2000))
    path = tmp_path / "member.nc"
    writer(shape, compression=compression).write(path, 0, values_of(shape), {})
    content = path.read_bytes()
    for size in np.linspace(0, len(content) - 1, 25).astype(int):
        path.write_bytes(content[:size])
        assert read_checked(path) is None
    path.write_bytes(content)
    assert read_checked(path) is not None


def test_one_flipped_bit_is_noticed(tmp_path: Path) -> None:
    shape = layout(times_of("1h", 500))
    path = tmp_path / "member.nc"
    values = values_of(shape)
    writer(shape).write(path, 0, values, {})
    content = bytearray(path.read_bytes())
    content[content.find(values[2, 1].tobytes()) + 8 * 250] ^= 1
    path.write_bytes(content)
    assert read_checked(path) is None


def test_chunks_hold_whole_series(tmp_path: Path) -> None:
    assert chunk_of_series(4, 3652, "float64") == (4, 3652)
    assert chunk_of_series(100, 87648, "float64") == (5, 87648)
    assert chunk_of_series(3, 10**7, "float32") == (1, 10**7)
    shape = layout(times_of("1h", 300_000), stations=("a", "b"), names=("theta",))
    writer(shape, compression=1).write(tmp_path / "member.nc", 0, np.zeros((2, 1, 300_000)), {})
    with xr.open_dataset(tmp_path / "member.nc") as dataset:
        assert dataset.theta.encoding["chunksizes"] == (1, 300_000)


# ---- directories ----


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dtype", "object"),
        ("engine", "pickle"),
        ("n_days", "4"),
        ("n_days", 0),
        ("compression", None),
        ("compression", True),
        ("model", 3),
        ("options", "{"),
        ("options", "[]"),
        ("options", '{"phases": 3}'),
        ("unknown", ""),
    ],
)
def test_a_manifest_with_a_field_of_no_kind_is_refused(tmp_path: Path, field: str, value: Any) -> None:
    fill(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(StoreError, match="cannot be read as a manifest"):
        open_ensemble(tmp_path)


def fill(directory: Path, n_members: int = 3, manifest: Manifest = MANIFEST) -> MemberStore:
    store = MemberStore(directory, manifest, range(n_members), layout())
    with store.open_for_writing():
        for member in set(range(n_members)) - set(store.present()):
            store.write(member, values_of(layout(), member), IDENTITY)
    return store


def assert_filled(ensemble: xr.DataArray, n_members: int = 3) -> None:
    expected = np.array([values_of(layout(), member) for member in range(n_members)])
    assert np.array_equal(ensemble.values, expected, equal_nan=True)
    assert tuple(ensemble.station.values.tolist()) == STATIONS


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["with spaces  and 'quotes\"", "Fluß 河 é", "a" * 200, "-n", "100%"])
def test_directories_of_any_name(tmp_path: Path, name: str, engine: Engine) -> None:
    manifest = Manifest(**IDENTITY, seed="", first_day="2000-02-28", n_days=4, engine=engine)
    fill(tmp_path / name / "sub directory", manifest=manifest)
    assert_filled(open_ensemble(tmp_path / name / "sub directory"))
    assert_filled(open_ensemble(str(tmp_path / name / "sub directory") + os.sep))


def test_a_linked_directory_and_linked_members(tmp_path: Path) -> None:
    """Where a directory is a link, members go to its target; a link in place of a member is read and replaced."""
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to("target", target_is_directory=True)
    store = fill(tmp_path / "link")
    assert_filled(open_ensemble(tmp_path / "target"))
    assert_filled(open_ensemble(tmp_path / "link"))
    elsewhere = tmp_path / "elsewhere.nc"
    store.path(1).rename(elsewhere)
    store.path(1).symlink_to(elsewhere)
    assert_filled(open_ensemble(tmp_path / "link"))
    assert store.finished(1, IDENTITY)
    content = elsewhere.read_bytes()
    store.write(1, values_of(layout(), 1), IDENTITY)
    assert not store.path(1).is_symlink()
    assert elsewhere.read_bytes() == content
    store.path(2).unlink()
    store.path(2).symlink_to(tmp_path / "nowhere.nc")
    assert not store.finished(2, IDENTITY)


def test_the_working_directory_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a program that opened or writes an ensemble by a relative path."""
    monkeypatch.chdir(tmp_path)
    store = fill(Path("out"))
    ensemble = open_ensemble("out")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert_filled(ensemble)
    store.write(0, values_of(layout(), 0), IDENTITY)
    assert store.present() == [0, 1, 2]
    assert not list((tmp_path / "other").iterdir())


def test_read_only_members_are_read_and_can_be_replaced(tmp_path: Path) -> None:
    store = fill(tmp_path)
    for path in (*member_files(tmp_path).values(), tmp_path / "manifest.json"):
        path.chmod(0o444)
    assert_filled(open_ensemble(tmp_path))
    assert store.finished(2, IDENTITY)
    store.path(2).chmod(0o644)
    store.path(2).write_bytes(b"\x89HDF damaged")
    store.path(2).chmod(0o444)
    assert not store.finished(2, IDENTITY)
    store.write(2, values_of(layout(), 2), IDENTITY)
    assert_filled(open_ensemble(tmp_path))


def test_what_does_not_look_like_a_member_is_left_alone(tmp_path: Path) -> None:
    """Temporary files of others too; only what a killed run of this software leaves is removed."""
    kept = ("real_001.nc", "real_0001.nc.bak", "xreal_0001.nc", "real_0001_monthly.nc", ".notes.tmp", ".real_0001.txt.tmp")
    leftovers = (".real_0001.nc.tmp", ".real_00001_hourly.nc.tmp", ".manifest.json.tmp")
    for name in (*kept, *leftovers):
        (tmp_path / name).write_text("text")
    fill(tmp_path)
    assert all((tmp_path / name).read_text() == "text" for name in kept)
    assert not any((tmp_path / name).exists() for name in leftovers)
    assert list(member_files(tmp_path)) == [0, 1, 2]


def test_a_directory_in_place_of_a_member_is_told(tmp_path: Path) -> None:
    store = fill(tmp_path)
    store.path(1).unlink()
    store.path(1).mkdir()
    with pytest.raises(StoreError, match=r"real_0001\.nc cannot be read"):
        open_ensemble(tmp_path)
    assert not store.finished(1, IDENTITY)
    with pytest.raises(StoreError, match="member 1 cannot be written"):
        store.write(1, values_of(layout(), 1), IDENTITY)
    assert not list(tmp_path.glob(".*.tmp"))


def test_members_of_very_many_are_counted_without_being_opened(tmp_path: Path) -> None:
    """None of these is a file that could be opened."""
    store = fill(tmp_path, 1, MANIFEST)
    for member in range(1, 3000):
        (tmp_path / f"real_{member:04d}.nc").touch()
    large = MemberStore(tmp_path, MANIFEST, range(20_000), layout())
    with large.open_for_writing():
        assert large.present() == list(range(3000))
    assert large.path(7) == tmp_path / "real_0007.nc"
    assert large.path(12_345) == tmp_path / "real_12345.nc"
    assert store.present() == [0]


def test_every_member_is_checked_when_it_is_read(tmp_path: Path) -> None:
    """However many there are: of 300 not all are looked at when they are opened."""
    n_members, strange = 300, 2
    store = fill(tmp_path, 2)
    content = store.path(0).read_bytes()
    for member in range(2, n_members):
        store.path(member).write_bytes(content)
    writer(layout()).write(store.path(strange), strange, values_of(layout()), {**IDENTITY, "scenario": "{1}"})
    ensemble = open_ensemble(tmp_path)
    assert ensemble.sizes["realization"] == n_members
    ensemble.isel(realization=[0, 1, 3]).load()
    with pytest.raises(StoreError, match=r"real_0002\.nc has another scenario"):
        ensemble.isel(realization=slice(0, 4)).load()


@pytest.mark.parametrize("name", ["phases", "conditions", "heat_waves", "disaggregation"])
def test_a_member_made_with_more_than_its_ensemble_is_refused(tmp_path: Path, name: str) -> None:
    """The same model, scenario and seed, but for example conditions that the others did not have to meet."""
    store = fill(tmp_path)
    writer(layout()).write(store.path(1), 1, values_of(layout(), 1), {**IDENTITY, name: "more"})
    with pytest.raises(StoreError, match=f"another {name}"):
        open_ensemble(tmp_path)
    with pytest.raises(StoreError, match=f"has {name} 'more', but member 1 of this run has ''"):
        store.finished(1, IDENTITY)


def test_a_member_that_vanishes_after_opening_is_named(tmp_path: Path) -> None:
    fill(tmp_path)
    ensemble = open_ensemble(tmp_path)
    (tmp_path / "real_0001.nc").unlink()
    ensemble.sel(realization=0).load()
    with pytest.raises(StoreError, match=r"real_0001\.nc cannot be read"):
        ensemble.sel(realization=1).load()


def test_a_layout_of_hours_needs_its_options(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="need each other"):
        MemberStore(tmp_path, MANIFEST, range(1), layout(), layout(times_of("1h", 96)))


def test_hours_come_with_days_or_not_at_all(tmp_path: Path) -> None:
    hours = layout(times_of("1h", 96))
    store = fill(tmp_path / "days")
    with pytest.raises(StoreError, match=r"comes with hours, but the ensemble in .* has none"):
        store.write(0, values_of(layout()), IDENTITY, values_of(hours))
    options = '{"steps_per_day": 24, "window": 15}'
    both = MemberStore(
        tmp_path / "both",
        Manifest(**IDENTITY, seed="", first_day="2000-02-28", n_days=4, hourly=options),
        range(1),
        layout(),
        hours,
    )
    with both.open_for_writing(), pytest.raises(StoreError, match="comes with no hours"):
        both.write(0, values_of(layout()), IDENTITY)
    assert not both.present()
