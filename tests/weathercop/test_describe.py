"""Files, directories and scenarios in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from varwg.errors import DataError, StoreError
from weathercop import Multisite, example_dataset
from weathercop._describe import describe, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "none"),
        ('{"theta_incr": [[0.0, 0.0], [0.0, 0.0]]}', "none"),
        ('{"theta_incr": [[2.0, 2.0], [2.0, 2.0]], "rain_factor": [1.0, 1.0]}', "theta_incr 2"),
        ('{"theta_incr": [[0.5, 2.0]], "rain_factor": [1.1, 1.1]}', "theta_incr 0.5 to 2, rain_factor 1.1"),
        (
            '[{"primary": "U", "theta_incr": [1.0]}, {"primary": "", "theta_incr": [2.0]}]',
            "primary U, theta_incr 1; theta_incr 2",
        ),
        ('{"phases": "{\\"keep_periods\\": [[2, 7]]}", "flag": true, "nothing": null}', "phases keep_periods 2 to 7, flag True"),
        ("as it was", "as it was"),
        (f'["{"x" * 200}"]', "x" * 156 + " ..."),
    ],
)
def test_scenarios_in_words(text: str, words: str) -> None:
    assert words_of(text) == words


@pytest.fixture(scope="module")
def small_wc() -> Multisite:
    return Multisite(example_dataset()[["theta", "R"]].isel(station=[0, 1], time=slice(0, 1100))).fit(rng=1)


def test_a_directory_with_an_ensemble_and_a_derived_one(small_wc: Multisite, tmp_path: Path) -> None:
    base, warm = tmp_path / "base", tmp_path / "warm"
    small_wc.simulate_ensemble(2, seed=5, n_days=100, out_dir=base)
    small_wc.simulate_ensemble(2, phases_from=base, theta_incr=2.0, out_dir=warm)
    small_wc.model.save(warm / "model.nc")
    text = describe(base)
    assert "Ensemble of 2 members" in text
    assert "seed:        0x5" in text
    assert "scenario:    none" in text
    assert "days:        100 from 2001-01-01 to 2001-04-10" in text
    assert "2 files" in text
    text = describe(warm)
    assert "phases from: an ensemble from 2001-01-01, scenario none" in text
    assert "seed:" not in text
    assert "scenario:    theta_incr 2" in text
    assert "beside it:   model.nc: model" in text
    member = describe(warm / "real_0001.nc")
    assert "phases_from:    an ensemble from 2001-01-01, scenario none" in member
    assert "theta_incr 2" in member
    assert "Simulate with: weathercop simulate" in describe(warm / "model.nc")


def test_a_directory_of_other_things(small_wc: Multisite, tmp_path: Path) -> None:
    small_wc.simulate_ensemble(1, seed=5, n_days=40, out_dir=tmp_path / "out")
    example_dataset().to_netcdf(tmp_path / "observations.nc", engine="scipy")
    (tmp_path / "report.html").write_text("<p>", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "broken.nc").write_text("no NetCDF", encoding="utf-8")
    lines = describe(tmp_path).splitlines()
    assert lines[1:] == [
        "broken.nc: NetCDF file",
        "observations.nc: observations of 3 stations, 3652 days",
        "out: ensemble of 1 members",
        "report.html: report",
    ]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="weathercop simulate MODEL"):
        describe(tmp_path)
    with pytest.raises(DataError, match="check the path"):
        describe(tmp_path / "no")
