"""Product files of the DWD as the Climate Data Center writes them: headers, blanks, missing values, zip files, metadata."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path

import numpy as np
import pytest

from varwg import read_observations
from varwg.errors import DataError
from varwg.io import read_dwd, read_weather
from varwg.io._dwd import DARK_HOURS
from varwg.meteo import SUNRISE_ALTITUDE, sun_times

DAILY = """\
STATIONS_ID;MESS_DATUM;QN_3;  FX;  FM;QN_4; RSK;RSKF; SDK;SHK_TAG;  NM; VPM;  PM; TMK; UPM; TXK; TNK; TGK;eor
       1048;20231230;   10;  14.0;   5.3;    3;   2.1;   6;   1.200;   0;   6.9;   8.1; 987.10;   6.2;  83.00;   9.0;   4.4;   2.1;eor
       1048;20231231;   10;  11.9;   4.6;    3;   0.0;   6;   0.000;   0;   7.3;   8.7; 981.94;   6.9;  87.00;   8.2;   5.9;   3.7;eor
       1048;20240101;   10;  12.8;-999;    3;-999;-999;   0.717;   0;-999;   7.8; 983.77;   5.5;  86.00;   8.1;   3.4;-999;eor
"""  # noqa: E501

GEOGRAPHY = """\
Stations_id;Stationshoehe;Geogr.Breite;Geogr.Laenge;von_datum;bis_datum;Stationsname
       1048; 230.00; 51.1234; 13.7500;19340101;19931231;Dresden-Klotzsche
       1048; 228.00; 51.1278; 13.7543;19940101;        ;Dresden-Klotzsche\u00fc
"""

TU = """\
STATIONS_ID;MESS_DATUM;QN_9;TT_TU;RF_TU;eor
       1048;2024060100;    3;  15.1;  92.0;eor
       1048;2024060101;    3;  14.9;-999;eor
       1048;2024060102;    3;  14.6;  95.0;eor
"""

RR = """\
STATIONS_ID;MESS_DATUM;QN_8;  R1;RS_IND;WRTR;eor
       1048;2024060100;    3;   1.4;   1;   6;eor
       1048;2024060101;    3;   0.0;   0;-999;eor
       1048;2024060102;    3;-999;-999;-999;eor
"""

FF = """\
STATIONS_ID;MESS_DATUM;QN_3;   F;   D;eor
       1048;2024060100;   10;   2.0; 270;eor
       1048;2024060101;   10;   0.0;   0;eor
       1048;2024060102;   10;   3.0; 990;eor
"""

P0 = """\
STATIONS_ID;MESS_DATUM;QN_8;   P;  P0;eor
       1048;2024060100;    3; 1011.2;  984.1;eor
       1048;2024060101;    3; 1011.0;-999;eor
"""


def sunshine() -> str:
    """Two June days with the hours that the DWD lists: stamps of 3 to 20, each the end of its hour."""
    rows = ["STATIONS_ID;MESS_DATUM;QN_7;SD_SO;eor"]
    rows += [f"       1048;202406{day:02d}{hour:02d};    3;{30.0:6.1f};eor" for day in (1, 2) for hour in range(3, 21)]
    return "\n".join(rows) + "\n"


@pytest.fixture
def zipped(tmp_path: Path) -> Path:
    path = tmp_path / "tageswerte_KL_01048_19340101_20241231_hist.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Metadaten_Geographie_01048.txt", GEOGRAPHY.replace("\n", "\r\n").encode("latin-1"))
        archive.writestr("Metadaten_Stationsname_Betreibername_01048.txt", "Stations_ID;Stationsname;Von_Datum;Bis_Datum\r\n")
        archive.writestr("produkt_klima_tag_19340101_20241231_01048.txt", DAILY.replace("\n", "\r\n"))
    return path


def test_daily_values_from_a_zip_file(zipped: Path) -> None:
    data = read_dwd(zipped)
    assert list(data["station"].values) == ["01048"]
    expected = {
        "theta": [6.2, 6.9, 5.5],
        "theta_max": [9.0, 8.2, 8.1],
        "theta_min": [4.4, 5.9, 3.4],
        "R": [2.1, 0.0, np.nan],
        "rh": [0.83, 0.87, 0.86],
        "sun": [1.2, 0.0, 0.717],
        "e": [8.1, 8.7, 7.8],
        "U": [5.3, 4.6, np.nan],
        "pressure": [987.10, 981.94, 983.77],
        "Cloud_Cover": [6.9 / 8, 7.3 / 8, np.nan],
    }
    assert set(data.data_vars) == set(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(data[name].values[0], values, err_msg=name)
    np.testing.assert_array_equal(data["time"].values, np.array(["2023-12-30", "2023-12-31", "2024-01-01"], "datetime64[ns]"))


def test_the_last_position_counts(zipped: Path) -> None:
    data = read_dwd(zipped)
    assert data["station_name"].item() == "Dresden-Klotzsche\u00fc"
    assert [data[name].item() for name in ("latitude", "longitude", "elevation")] == [51.1278, 13.7543, 228.0]


def test_files_taken_out_of_the_zip(tmp_path: Path) -> None:
    (tmp_path / "produkt_klima_tag_20231230_20240101_01048.txt").write_text(DAILY, encoding="latin-1")
    (tmp_path / "Metadaten_Geographie_01048.txt").write_text(GEOGRAPHY, encoding="latin-1")
    data = read_dwd(tmp_path / "produkt_klima_tag_20231230_20240101_01048.txt")
    assert data["latitude"].item() == 51.1278


def test_the_list_of_all_stations(tmp_path: Path) -> None:
    (tmp_path / "produkt.txt").write_text(DAILY)
    listed = tmp_path / "KL_Tageswerte_Beschreibung_Stationen.txt"
    listed.write_text(
        "Stations_id von_datum bis_datum Stationshoehe geoBreite geoLaenge Stationsname Bundesland Abgabe\n"
        "----------- --------- --------- ------------- --------- --------- ---------------------- ---------- ------\n"
        "00001 19370101 19860630            478     47.8413    8.8493 Aach                  Baden-W\u00fcrttemberg\n"
        "01048 19340101 20241231            228     51.1278   13.7543 Dresden-Klotzsche                   Sachsen\n",
        encoding="latin-1",
    )
    data = read_weather([tmp_path / "produkt.txt", listed])
    assert data["station_name"].item() == "Dresden-Klotzsche"
    assert data["elevation"].item() == 228.0


def test_hourly_products_are_merged(tmp_path: Path) -> None:
    for name, text in (("tu", TU), ("rr", RR), ("ff", FF), ("p0", P0)):
        (tmp_path / f"produkt_{name}_stunde_01048.txt").write_text(text)
    data = read_dwd(sorted(tmp_path.glob("*.txt")))
    hours = data["time"].values
    np.testing.assert_array_equal(
        hours, np.arange("2024-05-31T23", "2024-06-01T03", dtype="datetime64[h]").astype("datetime64[ns]")
    )
    np.testing.assert_array_equal(data["theta"].values[0], [np.nan, 15.1, 14.9, 14.6])
    np.testing.assert_array_equal(data["rh"].values[0], [np.nan, 0.92, np.nan, 0.95])
    np.testing.assert_array_equal(data["R"].values[0], [1.4, 0.0, np.nan, np.nan])  # the sum of the hour before the stamp
    np.testing.assert_array_equal(data["pressure"].values[0], [np.nan, 984.1, np.nan, np.nan])
    np.testing.assert_allclose(data["u"].values[0], [np.nan, 2.0, 0.0, np.nan])  # from the west; calm; from all sides
    np.testing.assert_allclose(data["v"].values[0], [np.nan, 0.0, 0.0, np.nan], atol=1e-12)
    np.testing.assert_array_equal(data["U"].values[0], [np.nan, 2.0, 0.0, 3.0])


def test_sunshine_files_leave_out_the_night(tmp_path: Path) -> None:
    """18 hours of 30 minutes are 9 h a day; without the zeros of the night the day would count as incomplete."""
    (tmp_path / "produkt_sd_stunde_01048.txt").write_text(sunshine())
    sun = read_dwd(tmp_path / "produkt_sd_stunde_01048.txt")["sun"]
    assert np.isfinite(sun.values).all()
    np.testing.assert_array_equal(sun.resample(time="D").sum().values, [[9.0, 9.0]])
    np.testing.assert_array_equal(sun.resample(time="D").count().values, [[24, 24]])


def test_the_sun_never_shines_in_the_hours_left_out() -> None:
    """Every place in Germany on every day: sunrise is after 2 and sunset before 20.5 h UTC, rounded to the almanac's minutes."""
    latitude, longitude = np.array([47.3, 47.5, 54.9, 55.05]), np.array([10.2, 7.5, 8.3, 8.4])
    days = np.arange(366)
    east = sun_times(
        np.array([54.7, 51.2, 48.6])[:, None], np.array([13.4, 15.0, 13.8])[:, None], days, altitude=SUNRISE_ALTITUDE
    )
    west = sun_times(latitude[:, None], longitude[:, None], days, altitude=SUNRISE_ALTITUDE)
    assert east.sunrise.min() > 2.0
    assert west.sunset.max() < 20.5
    assert frozenset(range(2, 20)).isdisjoint(DARK_HOURS)


def test_daily_radiation(tmp_path: Path) -> None:
    """J cm-2 of a day become W m-2: 864 J cm-2 are 100 W m-2."""
    text = (
        "STATIONS_ID;MESS_DATUM;QN_592;ATMO_STRAHL;FD_STRAHL;FG_STRAHL;SD_STRAHL;eor\n"
        "       1048;20240101;    1;  2592.000;-999;   864.000;   0.717;eor\n"
    )
    (tmp_path / "produkt_st_tag_01048.txt").write_text(text)
    data = read_dwd(tmp_path / "produkt_st_tag_01048.txt")
    assert data["Qsw"].item() == pytest.approx(100.0)
    assert data["ILWR"].item() == pytest.approx(300.0)
    assert data["sun"].item() == 0.717


def test_hourly_radiation_with_stamps_of_solar_time(tmp_path: Path) -> None:
    text = (
        "STATIONS_ID;MESS_DATUM;QN_592;ATMO_LBERG;FD_LBERG;FG_LBERG;SD_LBERG;ZENIT;MESS_DATUM_WOZ;eor\n"
        "       1048;2024060110:08;    1; 120.0;  90.0; 180.0;   42;  35.1;2024060111:00;eor\n"
        "       1048;2024060111:08;    1; 120.0;  90.0; 216.0;   60;  31.0;2024060112:00;eor\n"
    )
    (tmp_path / "produkt_st_stunde_01048.txt").write_text(text)
    data = read_dwd(tmp_path / "produkt_st_stunde_01048.txt")
    at_nine = data["Qsw"].sel(time="2024-06-01T09", station="01048")
    assert at_nine.item() == pytest.approx(500.0)


def test_the_first_file_wins_and_the_log_tells(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "hist.txt").write_text(DAILY)
    (tmp_path / "akt.txt").write_text(
        DAILY.replace(";   6.9;  87.00", ";   7.0;  87.00").replace("-999;   0;-999", "   4.0;   0;-999")
    )
    with caplog.at_level(logging.WARNING):
        data = read_dwd([tmp_path / "hist.txt", tmp_path / "akt.txt"])
    assert data["theta"].values[0, 1] == 6.9
    assert "theta at 01048 in akt.txt: 1 values differ" in caplog.text


def test_stations_are_chosen_by_number_or_name(tmp_path: Path, zipped: Path) -> None:
    (tmp_path / "other.txt").write_text(DAILY.replace("1048", "   1"))
    both = read_dwd([zipped, tmp_path / "other.txt"])
    assert list(both["station"].values) == ["01048", "00001"]
    assert np.isnan(both["latitude"].values[1])
    for asked in ("1", "00001"):
        assert list(read_dwd([zipped, tmp_path / "other.txt"], stations=[asked])["station"].values) == ["00001"]
    assert list(read_dwd([zipped, tmp_path / "other.txt"], stations=["Dresden-Klotzsche\u00fc"])["station"].values) == ["01048"]


def test_daily_and_hourly_files_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "daily.txt").write_text(DAILY)
    (tmp_path / "tu.txt").write_text(TU)
    with pytest.raises(DataError, match="steps of 1 h"):
        read_dwd([tmp_path / "daily.txt", tmp_path / "tu.txt"])


def test_damage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "produkt.txt"
    path.write_text(DAILY.replace("981.94", "98x.94"))
    with pytest.raises(DataError, match=r"PM is '98x\.94', not a number"):
        read_dwd(path)
    path.write_text(DAILY.replace("20231231", "2023-12-31").replace("20231230", "2023-12-30"))
    with pytest.raises(DataError, match="MESS_DATUM"):
        read_dwd(path)
    path.write_text(DAILY.replace("20231231", "20231230"))
    with pytest.raises(DataError, match=r"2023-12-30 twice"):
        read_dwd(path)
    path.write_text("time\ttheta\n2001-01-01\t1.0\n")
    with pytest.raises(DataError, match="no product of the DWD"):
        read_dwd(path)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(DataError, match=r"broken\.zip is not a readable zip"):
        read_dwd(tmp_path / "broken.zip")


def test_observations_are_made_of_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    days = np.arange("2020-01-01", "2022-12-31", dtype="datetime64[D]")
    rows = ["STATIONS_ID;MESS_DATUM;QN_4; RSK; TMK; UPM;eor"]
    for day in days:
        stamp = str(day).replace("-", "")
        rows.append(f"1048;{stamp};10;{rng.gamma(0.3, 5):6.1f};{rng.normal(9, 6):6.1f};{rng.uniform(40, 100):6.2f};eor")
    (tmp_path / "produkt.txt").write_text("\n".join(rows) + "\n")
    (tmp_path / "Metadaten_Geographie_01048.txt").write_text(GEOGRAPHY, encoding="latin-1")
    observed = read_observations(read_dwd(tmp_path / "produkt.txt"))
    assert observed.names == ("theta", "R", "rh")
    assert observed.stations == ("01048",)
    assert observed.latitude[0] == 51.1278
    assert observed.repairs == ()
