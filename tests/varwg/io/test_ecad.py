"""ECA&D: blended series with their explanation, quality codes and list of stations."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path

import numpy as np
import pytest

from varwg.errors import DataError
from varwg.io import read_ecad, read_weather

EXPLANATION = """\
EUROPEAN CLIMATE ASSESSMENT & DATASET (ECA&D), file created on: 22-03-2021
THESE DATA CAN BE USED FREELY PROVIDED THAT THE FOLLOWING SOURCE IS ACKNOWLEDGED:

Klein Tank, A.M.G. and Coauthors, 2002. Daily dataset of 20th-century surface
air temperature and precipitation series for the European Climate Assessment.
Int. J. of Climatol., 22, 1441-1453.
Data and metadata available at http://www.ecad.eu

FILE FORMAT (MISSING VALUE CODE IS -9999):

"""

#: Element -> (explanation, values with quality codes)
ELEMENTS = {
    "TG": ("mean temperature in 0.1 &#176;C", ((-49, 0), (1, 0), (300, 1), (-9999, 9))),
    "TX": ("maximum temperature in 0.1 &#176;C", ((12, 0), (57, 0), (61, 0), (80, 0))),
    "RR": ("precipitation amount in 0.1 mm", ((0, 0), (13, 0), (-9999, 9), (250, 0))),
    "HU": ("humidity in 1 %", ((87, 0), (91, 0), (100, 0), (57, 0))),
    "SS": ("sunshine in 0.1 Hours", ((0, 0), (35, 0), (71, 0), (5, 0))),
    "QQ": ("global radiation in W/m2", ((20, 0), (31, 0), (45, 0), (8, 0))),
    "CC": ("cloud cover in oktas", ((8, 0), (4, 0), (2, 0), (7, 0))),
    "FG": ("wind speed in 0.1 m/s", ((31, 0), (48, 0), (10, 0), (0, 0))),
    "PP": ("sea level pressure in 0.1 hPa", ((10123, 0), (10081, 0), (9987, 0), (10203, 0))),
}
EXPECTED = {
    "theta": [-4.9, 0.1, np.nan, np.nan],
    "theta_max": [1.2, 5.7, 6.1, 8.0],
    "R": [0.0, 1.3, np.nan, 25.0],
    "rh": [0.87, 0.91, 1.0, 0.57],
    "sun": [0.0, 3.5, 7.1, 0.5],
    "Qsw": [20.0, 31.0, 45.0, 8.0],
    "Cloud_Cover": [1.0, 0.5, 0.25, 0.875],
    "U": [3.1, 4.8, 1.0, 0.0],
    "pressure": [1012.3, 1008.1, 998.7, 1020.3],
}

STATIONS = """\
EUROPEAN CLIMATE ASSESSMENT & DATASET (ECA&D), file created on: 22-03-2021

FILE FORMAT:

01-05 STAID  : Station identifier
07-46 STANAME: Station name
48-49 CN     : Country code (ISO3116 country codes)
51-59 LAT    : Latitude in degrees:minutes:seconds (+: North, -: South)
61-70 LON    : Longitude in degrees:minutes:seconds (+: East, -: West)
72-75 HGHT   : Station elevation in meters

STAID,STANAME                                 ,CN,      LAT,       LON,HGHT
  162,DE BILT                                 ,NL,+52:06:00,+005:10:46,   2
11014,BARCELONA-EL RAVAL                      ,ES,+41:23:02,-002:10:00,  33
"""


def series(element: str, station: int = 162, *, with_station_column: bool = False) -> str:
    """A file as it is downloaded; newer ones have a column STAID."""
    explained, values = ELEMENTS[element]
    text = EXPLANATION
    text += "01-06 SOUID: Source identifier\n08-15 DATE : Date YYYYMMDD\n"
    text += f"17-21 {element}   : {explained}\n"
    text += f"23-27 Q_{element} : Quality code for {element} (0='valid'; 1='suspect'; 9='missing')\n\n"
    text += f"This is the blended series of station NETHERLANDS, DE BILT (STAID: {station}).\n"
    text += "Blended and updated with sources: 100522 \nSee file sources.txt and stations.txt for more info.\n\n"
    text += ("STAID, " if with_station_column else "") + f" SOUID,    DATE,   {element}, Q_{element}\n"
    for day, (value, code) in enumerate(values, start=1):
        text += (f"{station:6d}," if with_station_column else "") + f"100522,200101{day:02d},{value:5d},{code:5d}\n"
    return text


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "ECA_blend_custom.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("elements.txt", "EUROPEAN CLIMATE ASSESSMENT & DATASET (ECA&D)\n")
        packed.writestr("stations.txt", STATIONS.replace("\n", "\r\n"))
        for element in ELEMENTS:
            packed.writestr(f"{element}_STAID000162.txt", series(element).replace("\n", "\r\n"))
        packed.writestr("TG_STAID011014.txt", series("TG", 11014))
    return path


def test_all_elements_from_a_zip_file(archive: Path) -> None:
    data = read_weather(archive)
    assert list(data["station"].values) == ["162", "11014"]
    assert set(data.data_vars) == set(EXPECTED)
    for name, values in EXPECTED.items():
        np.testing.assert_array_equal(data[name].sel(station="162").values, values, err_msg=name)
    np.testing.assert_allclose(data["latitude"].values, [52.1, 41.0 + 23 / 60 + 2 / 3600])
    np.testing.assert_allclose(data["longitude"].values, [5.0 + 10 / 60 + 46 / 3600, -(2.0 + 10 / 60)])
    np.testing.assert_array_equal(data["elevation"].values, [2.0, 33.0])


@pytest.mark.parametrize("asked", ["162", "DE BILT"])
def test_stations_are_chosen(archive: Path, asked: str) -> None:
    assert list(read_ecad(archive, stations=[asked])["station"].values) == ["162"]


def test_plain_files_with_the_list_beside_them(tmp_path: Path) -> None:
    (tmp_path / "TX_STAID000162.txt").write_text(series("TX", with_station_column=True))
    (tmp_path / "RR_STAID000162.txt").write_text(series("RR"))
    (tmp_path / "stations.txt").write_text(STATIONS)
    data = read_ecad([tmp_path / "TX_STAID000162.txt", tmp_path / "RR_STAID000162.txt"])
    np.testing.assert_array_equal(data["theta_max"].values[0], EXPECTED["theta_max"])
    np.testing.assert_array_equal(data["R"].values[0], EXPECTED["R"])
    assert data["station_name"].item() == "DE BILT"


def test_a_list_in_a_wider_layout_and_one_of_sources(tmp_path: Path) -> None:
    (tmp_path / "TX_STAID000162.txt").write_text(series("TX", with_station_column=True))
    wide = "STAID,SOUID,SOUNAME,CN,LAT,LON,HGHT,ELEI,START,STOP,PARID,PARNAME\n"
    row = "  162,100522,DE BILT, UTRECHT                       ,NL,+52:06:00,+005:10:48,    2,TX1,19010101,20201231,1,NN\n"
    (tmp_path / "sources.txt").write_text(f"SOURCES\n\n{wide}{row}")
    data = read_ecad([tmp_path / "TX_STAID000162.txt"])
    np.testing.assert_allclose([data["latitude"].item(), data["longitude"].item(), data["elevation"].item()], [52.1, 5.18, 2.0])
    assert data["station_name"].item() == "DE BILT, UTRECHT"
    (tmp_path / "stations.txt").write_text(STATIONS)
    assert read_ecad([tmp_path / "TX_STAID000162.txt"])["station_name"].item() == "DE BILT"


def test_an_element_that_is_not_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "TX_STAID000162.txt").write_text(series("TX"))
    (tmp_path / "SD_STAID000162.txt").write_text(series("TX").replace("TX", "SD"))
    data = read_ecad([tmp_path / "TX_STAID000162.txt", tmp_path / "SD_STAID000162.txt"])
    assert list(data.data_vars) == ["theta_max"]
    assert "the element SD is not read" in caplog.text


def test_the_station_may_be_named_in_the_rows_only(tmp_path: Path) -> None:
    text = series("TX", with_station_column=True).replace(" (STAID: 162)", "")
    (tmp_path / "tx.txt").write_text(text)
    assert list(read_weather(tmp_path / "tx.txt")["station"].values) == ["162"]
    (tmp_path / "tx.txt").write_text(series("TX").replace(" (STAID: 162)", ""))
    with pytest.raises(DataError, match="does not name its station"):
        read_ecad(tmp_path / "tx.txt")


def test_suspect_values_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "TG_STAID000162.txt").write_text(series("TG"))
    with caplog.at_level(logging.WARNING):
        read_ecad(tmp_path / "TG_STAID000162.txt")
    assert "theta at 162 in TG_STAID000162.txt: 1 of 3 values are suspect and were set to missing." in caplog.text


def test_the_scale_is_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "TG_STAID000162.txt").write_text(series("TG").replace("in 0.1 &#176;C", "in 0.01 &#176;C"))
    assert read_ecad(tmp_path / "TG_STAID000162.txt")["theta"].values[0, 0] == -0.49


def test_what_is_not_ecad(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("time\ttheta\n2001-01-01\t1\n")
    with pytest.raises(DataError, match="no series of ECA&D"):
        read_ecad(tmp_path / "a.txt")
    (tmp_path / "TG_STAID000162.txt").write_text(series("TG").replace("  -49", "  -4x"))
    with pytest.raises(DataError, match="is damaged"):
        read_ecad(tmp_path / "TG_STAID000162.txt")
