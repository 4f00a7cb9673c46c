"""Files from anywhere: whatever is in one, reading it ends soon, with weather or with one sentence."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from varwg import read_weather
from varwg.errors import VarwgError

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
def test_the_samples_are_weather(tmp_path, name):
    path = tmp_path / name
    path.write_text(SAMPLES[name], encoding="utf-8")
    assert read_weather(path).sizes["time"] == 40


@settings(max_examples=40, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 12), TOKENS), min_size=1, max_size=4))
@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_texts(tmp_path, name, edits):
    text = SAMPLES[name]
    for position, length, token in edits:
        at = position % (len(text) + 1)
        text = text[:at] + token + text[at + length :]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    read(path)


@settings(max_examples=60, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(raw=st.binary(max_size=400), suffix=st.sampled_from([".csv", ".txt", ".nc", ".met", ".zip", ".gz", ".dat"]))
def test_any_bytes(tmp_path, raw, suffix):
    path = tmp_path / f"file{suffix}"
    for content in (raw, b"\x89HDF" + raw, b"CDF\x01" + raw):
        path.write_bytes(content)
        read(path)


@settings(max_examples=60, deadline=2000, suppress_health_check=list(HealthCheck), derandomize=True)
@given(position=st.integers(0, 100_000), raw=st.binary(min_size=1, max_size=20), packing=st.sampled_from(["zip", "gz"]))
def test_damaged_archives(tmp_path, position, raw, packing):
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
