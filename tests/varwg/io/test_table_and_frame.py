"""What a file of text gives, a DataFrame with the same columns gives too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import varwg

_HEADERS = {
    "German": "Datum;Lufttemperatur [°C];Niederschlag [mm];Luftdruck (hPa)",
    "known names": "date;theta [degC];R [mm];pressure [hPa]",
    "other units": "date;Temperature [K];Precipitation [cm];Pressure [kPa]",
}


@pytest.fixture(params=_HEADERS)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Three years with a gap and decimal commas."""
    rng = np.random.default_rng(0)
    factors = np.array([1.0, 0.1, 0.1]) if request.param == "other units" else np.ones(3)
    offset = np.array([273.15 if request.param == "other units" else 0.0, 0.0, 0.0])
    rows = [_HEADERS[request.param]]
    for number, day in enumerate(np.arange("2001-01-01", "2004-01-01", dtype="datetime64[D]")):
        values = np.array([10 + 8 * np.sin(number / 58) + rng.normal(), max(0.0, rng.normal() * 4), 960 + 5 * rng.normal()])
        cells = [f"{value:.2f}".replace(".", ",") for value in values * factors + offset]
        rows.append(f"{day};{cells[0] if number != 100 else ''};{cells[1]};{cells[2]}")
    path = tmp_path / "table.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("how", ["texts", "numbers"])
def test_a_frame_is_read_as_the_file(table: Path, how: str) -> None:
    options: dict[str, Any] = {} if how == "texts" else {"decimal": ","}
    of_file, of_frame = varwg.read_observations(table), varwg.read_observations(pd.read_csv(table, sep=";", **options))
    assert of_frame.variables == of_file.variables
    assert {variable.units for variable in of_file.variables} == {"degC", "mm", "hPa"}
    np.testing.assert_array_equal(of_frame.values, of_file.values)
    np.testing.assert_array_equal(of_frame.times, of_file.times)
    assert np.isnan(of_frame.values[0, 0, 100])
