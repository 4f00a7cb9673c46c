"""Files from anywhere: whatever is in one, reading it ends soon, with weather or with one sentence."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from pathlib import Path
from time import process_time
from typing import Literal, TypeAlias

import netCDF4
import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from varwg import Request, load_model, read_observations, read_weather
from varwg.errors import DataError, ModelFileError, ScenarioError, VarwgError
from varwg.io import as_grid, write_weather
from varwg.io._sources import Member

Form: TypeAlias = Literal["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"]

DAYS = [str(day) for day in np.arange("2001-01-01", "2001-02-10", dtype="datetime64[D]")]
PLAIN = [day.replace("-", "") for day in DAYS]
SAMPLES = {
    "table.csv": "date,theta [degC],R (mm)\n" + "".join(f"{day},{n % 7}.5,{n % 3}\n" for n, day in enumerate(DAYS)),
    "german.csv": "Datum;Temperatur [°C];Niederschlag\n" + "".join(f"{day};{n % 7},5;0,{n % 3}\n" for n, day in enumerate(DAYS)),
    "file.met": "time\ttheta\tR\n" + "".join(f"{day}T00:00:00\t{n % 7}.5\t{n % 3}\n" for n, day in enumerate(DAYS)),
    "produkt.txt": "STATIONS_ID;MESS_DATUM;QN_4; TMK;eor\n" + "".join(f"1048;{day};3;6.2;eor\n" for day in PLAIN),
    "ecad.txt": "EUROPEAN CLIMATE ASSESSMENT & DATASET\n" * 3
    + "STAID, SOUID,    DATE,   TG, Q_TG\n"
    + "".join(f" 1, 2,{day}, 10, 0\n" for day in PLAIN),
    "ghcn.csv": "".join(f"USC00011084,{day},TMAX,{n},,,N,\n" for n, day in enumerate(PLAIN)),
    "glm.csv": "time,ShortWave,LongWave,AirTemp,RelHum,WindSpeed,Rain\n"
    + "".join(f"{day} 00:00,100,300,9,80,2,0.001\n" for day in DAYS),
    "a.wth": "*WEATHER DATA : X\n@ INSI LAT LONG\n  XXXX 47 8\n@  DATE  SRAD  TMAX  TMIN  RAIN\n"
    + "".join(f"2001{n + 1:03d}   5.0  10.0   1.0   0.0\n" for n in range(40)),
}
TOKENS = st.sampled_from(
    [
        "",
        "\x00",
        "-",
        "1e999",
        "nan",
        "9" * 400,
        "\n",
        ";",
        ",",
        "\t",
        '"',
        "[",
        "2001-02-30",
        "00010101",
        "\ufeff",
        "=",
        "\x1b[31m",
    ]
)


def read(path: Path) -> None:
    """Weather, or an error of ours in one sentence."""
    try:
        read_weather(path)
    except VarwgError as error:
        assert str(error)
        assert "Traceback" not in str(error)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_weather(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(SAMPLES[name], encoding="utf-8")
    assert read_weather(path).sizes["time"] == 40


@settings(max_examples=40, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), TOKENS), min_size=1, max_size=4))
@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_texts(tmp_path: Path, name: str, edits: list[tuple[int, int, str]]) -> None:
    text = SAMPLES[name]
    for position, length, token in edits:
        at = position % (len(text) + 1)
        text = text[:at] + token + text[at + length :]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    read(path)


@settings(max_examples=60, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(raw=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".txt", ".nc", ".met", ".zip", ".gz", ".dat"]))
def test_any_bytes(tmp_path: Path, raw: bytes, suffix: str) -> None:
    path = tmp_path / f"file{suffix}"
    for content in (raw, b"\x89HDF" + raw, b"CDF\x01" + raw):
        path.write_bytes(content)
        read(path)


@settings(max_examples=60, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(position=st.integers(0, 100_000), raw=st.binary(min_size=1, max_size=20), packing=st.sampled_from(["zip", "gz"]))
def test_damaged_archives(tmp_path: Path, position: int, raw: bytes, packing: str) -> None:
    buffer = io.BytesIO()
    if packing == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("produkt.txt", SAMPLES["produkt.txt"])
    else:
        with gzip.GzipFile(fileobj=buffer, mode="wb") as stream:
            stream.write(SAMPLES["produkt.txt"].encode())
    content = bytearray(buffer.getvalue())
    at = position % len(content)
    content[at : at + len(raw)] = raw
    path = tmp_path / ("produkt.zip" if packing == "zip" else "produkt.txt.gz")
    path.write_bytes(bytes(content))
    read(path)


def netcdf(path: Path, form: Form) -> bytes:
    values = np.random.default_rng(0).normal(10.0, 3.0, (2, 800))
    data = xr.Dataset(
        {"theta": (("station", "time"), values, {"units": "degC"})},
        {"time": np.datetime64("2001-01-01") + np.arange(800), "station": ["a", "b"]},
    )
    data.to_netcdf(path, format=form, encoding={"theta": {"zlib": True}} if form == "NETCDF4" else {})
    return path.read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(position=st.floats(0.0, 1.0), raw=st.binary(min_size=1, max_size=8), kept=st.sampled_from([1.0, 1.0, 1.0, 0.9, 0.3]))
@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC", "NETCDF3_64BIT"])
def test_damaged_netcdf(tmp_path: Path, form: Form, position: float, raw: bytes, kept: float) -> None:
    path = tmp_path / "damaged.nc"
    whole = tmp_path / "whole.nc"
    content = bytearray(whole.read_bytes() if whole.exists() else netcdf(whole, form))
    at = int(position * (len(content) - 1))
    content[at : at + len(raw)] = raw
    path.write_bytes(content[: int(kept * len(content))])
    for open_one in (read_observations, read_weather):
        try:
            open_one(path)
        except VarwgError as error:
            assert len(str(error)) < 1000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("add_offset", "x"),
        ("scale_factor", np.array([1.0, 2.0])),
        ("coordinates", 5),
        ("units", "m" * 60_000),
        ("valid_range", "0 1"),
        ("cell_methods", 5),
        ("missing_value", "none"),
    ],
)
def test_junk_in_attributes(tmp_path: Path, name: str, value: str | np.ndarray | int) -> None:
    netcdf(tmp_path / "whole.nc", "NETCDF4")
    with netCDF4.Dataset(tmp_path / "whole.nc", "a") as file:
        file.variables["theta"].setncattr(name, value)
    for open_one in (read_observations, read_weather):
        try:
            open_one(tmp_path / "whole.nc")
        except VarwgError as error:
            assert len(str(error)) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' + "9" * 20_000 + "}",
        '{"dims":["y","x"],"order":["y","x","time"],"shape":[100000,100000],"stations":["a"],"positions":[0],"coordinates":[],'
        '"levels":[],"attributes":[]}',
        '{"dims":["y"],"order":["y","time"],"shape":[-1],"stations":["a"],"positions":[5],"coordinates":[],"levels":[],'
        '"attributes":[]}',
    ],
)
def test_layouts_of_grids_that_somebody_edited(text: str) -> None:
    data = xr.Dataset({"theta": (("station", "time"), np.zeros((1, 3)))}, {"time": DAYS[:3], "station": ["a"]})
    data.station.attrs["grid"] = text
    with pytest.raises(DataError, match="layout of the grid cannot be read"):
        as_grid(data.assign_coords(time=np.array(DAYS[:3], dtype="datetime64[ns]")))


@pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "n_days = " + "9" * 5000])
def test_scenario_files_without_end(text: str) -> None:
    with pytest.raises(ScenarioError, match="is not TOML"):
        Request.from_toml(text)


@pytest.mark.parametrize("text", [".".join("a" * 50_000) + " = 1", f"[{'a . ' * 50_000}a]", "x = {" + "a." * 50_000 + "b = 1}"])
def test_scenario_files_with_names_of_many_parts(text: str) -> None:
    with pytest.raises(ScenarioError, match="a name of more than 100 parts"):
        Request.from_toml(text)


def test_scenario_files_longer_than_anybody_writes() -> None:
    with pytest.raises(ScenarioError, match="has 5000010 characters, but at most 4194304"):
        Request.from_toml("n_days = [" + "1," * 2_500_000)


def test_a_scenario_of_many_numbers_is_read() -> None:
    numbers = [1.25] * 1000
    assert Request.from_toml(f"theta_incr = {numbers}\n").theta_incr == numbers


@pytest.mark.parametrize("name", ["=cmd|' '!A1", "@SUM(1)", "+1", "-x", "＝cmd"])
@pytest.mark.parametrize("ending", ["csv", "met"])
def test_no_name_or_unit_is_a_formula_and_all_are_read_back(name: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    station = name if ending == "csv" else "site"
    data = xr.Dataset({name: (("station", "time"), np.ones((1, 40)), {"units": name})}, {"station": [station]})
    write_weather(data.assign_coords(time=np.array(DAYS, "datetime64[ns]")), path)
    cells = [cell for line in path.read_text(encoding="utf-8").splitlines() for cell in re.split("[,\t]", line)]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@＝") and cell != "-"]
    read = read_weather(path)
    assert [str(label) for label in read["station"].values] == [station]
    if "(" not in name:
        assert {str(key): array.attrs["units"] for key, array in read.data_vars.items()} == {name: name}


@pytest.mark.parametrize("ending", ["csv", "met"])
@pytest.mark.parametrize("name", ["a\tb", "a\r=1", "a\nb", "a\u2028b"])
def test_no_name_or_unit_parts_a_line(name: str, ending: str, tmp_path: Path) -> None:
    times = np.array(DAYS, "datetime64[ns]")
    for variable, unit in ((name, "mm"), ("R", name)):
        data = xr.Dataset({variable: (("station", "time"), np.ones((1, 40)), {"units": unit})}, {"station": ["a"], "time": times})
        with pytest.raises(DataError, match="a tab or a line break"):
            write_weather(data, tmp_path / f"a.{ending}")


def test_a_wide_classic_file_is_not_given_to_a_library_that_it_may_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netcdf(tmp_path / "wide.nc", "NETCDF4")
    (tmp_path / "wide.nc").write_bytes(b"CDF\x05" + bytes(100))
    monkeypatch.setattr(netCDF4, "__netcdf4libversion__", "4.9.2-development")
    with pytest.raises(DataError, match="update netCDF4, or convert"):
        read_observations(tmp_path / "wide.nc")


def test_a_model_that_unpacks_to_more_than_memory_is_refused(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "bomb.nc", "w") as file:
        file.createDimension("x", 2**33)
        file.createVariable("values", "f8", ("x",), chunksizes=(1024,))
    with pytest.raises(ModelFileError, match="64 GiB"):
        load_model(tmp_path / "bomb.nc")


#: What a cell of a hundred thousand signs consists of.
ENDLESS = (" ", "\t", "1", "a", "-", "_", ".", ",", ";", '"', "(", "°", "1:", " -", " in ", " per", "a1", "\x1b[2J")
#: Where it stands: in the heading, as a unit, above the table, as a date, a value, and in files of services.
PLACES_OF_ENDLESS = {
    "heading.csv": "date,theta{}!,R\n",
    "unit.csv": "date,theta [{}x],R [mm]\n",
    "above.csv": "# {0}!\n{0}\ndate,theta,R\n",
    "date.csv": "date,theta,R\n2001-01-01{},1,2\n",
    "value.csv": "date,theta,R\n2001-01-01,1{},2\n",
    "ecad.txt": "{}\nSTAID, SOUID,    DATE,   TG, Q_TG\n",
    "apsim.met": "[weather.met.weather]{0}\nlatitude {0}\nyear day radn\n",
    "file.WTH": "*WEATHER DATA : {0}\n@ INSI {0}\n",
    "wind.epw": "LOCATION,{},-\n",
}
#: Seconds of the processor; the square of a hundred thousand signs takes minutes.
SOON = 10.0


@pytest.mark.parametrize("place", PLACES_OF_ENDLESS)
def test_cells_without_end_are_told_of_soon_and_in_short(place: str, tmp_path: Path) -> None:
    rows = "".join(f"2001-01-{day:02d},1.0,2.0\n" for day in range(1, 29))
    for sign in ENDLESS:
        path = tmp_path / place
        path.write_text(PLACES_OF_ENDLESS[place].format(sign * (100_000 // len(sign))) + rows, encoding="utf-8")
        begin = process_time()
        try:
            read_weather([path])
        except VarwgError as error:
            assert len(str(error)) <= 4000 and "\x1b" not in str(error)
        assert process_time() - begin < SOON, repr(sign)


def test_a_table_with_more_columns_than_anybody_has(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("date,theta" + ",a" * 20_000 + "\n2001-01-01" + ",1" * 20_001 + "\n")
    with pytest.raises(DataError, match="20002 columns, of which at most 20000"):
        read_weather([tmp_path / "wide.csv"], format_name="csv")


def edited_workbook(path: Path, pattern: str, *texts: str) -> Path:
    """A workbook of one sheet with texts in place of what a pattern finds in it."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(("date", "theta", "R"))
    for number, day in enumerate(np.array(DAYS, "datetime64[D]").tolist()):
        book.active.append((day, 1.5, None if number else 2.0))
    whole = io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for part in source.namelist():
            before, *after = re.split(pattern, source.read(part).decode(), maxsplit=1)
            with target.open(part, "w") as stream:
                for text in (before, *(texts if after else ()), *after):
                    stream.write(text.encode())
    return path


ROW = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
BOMBS = {
    "a cell in the last column": ("".join(ROW.format(number, "XFD") for number in range(1, 20_001)),),
    "a cell in a row that no sheet has": (ROW.format(10**12, "A"),),
    "a row without end": ("<row>", *["<c/>" * 2**18] * 70, "</row>"),
    "something else without end": ("<a/>" * 2**18,) * 70,
    "more than memory has room for": (" " * 2**20,) * 1025,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_workbooks_that_unpack_to_more_than_anybody_reads(bomb: str, tmp_path: Path) -> None:
    path = edited_workbook(tmp_path / "bomb.xlsx", "(?<=<sheetData>)", *BOMBS[bomb])
    begin = process_time()
    with pytest.raises(DataError, match=r"are the most that are read|when they are unpacked, but at most") as caught:
        read_observations(path)
    assert process_time() - begin < SOON and len(str(caught.value)) < 1000


def test_a_workbook_is_as_large_as_its_cells_and_not_as_it_says(tmp_path: Path) -> None:
    path = edited_workbook(tmp_path / "a.xlsx", '(?<=dimension ref=")[^"]*', "A1:XFD1048576")
    read = read_weather(path)
    np.testing.assert_array_equal(read["theta"].values, np.full((1, len(DAYS)), 1.5))
    np.testing.assert_array_equal(np.isfinite(read["R"].values).sum(), 1)


def test_an_archive_of_line_breaks_is_a_sentence(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "breaks.csv.gz", "wb", compresslevel=1) as stream:
        stream.write(b"date,theta,R\n")
        for _ in range(65):
            stream.write(b"\n" * 2**20)
    with pytest.raises(DataError, match="more than 67108864 lines"):
        read_observations(tmp_path / "breaks.csv.gz")


def test_a_reader_without_memory_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("date,theta,R\n2001-01-01,1,2\n")

    def without_memory(*_: object) -> str:
        raise MemoryError

    monkeypatch.setattr(Member, "text", without_memory)
    with pytest.raises(DataError, match=r"a\.csv \(0 MiB\) needs more memory than there is"):
        read_observations(tmp_path / "a.csv")
