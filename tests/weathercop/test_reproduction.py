"""A member from its own attributes: identical, or the first difference."""

import pytest
import xarray as xr

from varwg.errors import ReproductionError
from weathercop.cli import main
from weathercop.reproduction import reproduce

DAYS = {"start": "2001-01-01", "n_days": 400}


@pytest.fixture
def directory(example_wc, tmp_path):
    example_wc.simulate_ensemble(2, seed=2**100, theta_incr=[0.5, 1.0, 1.5], out_dir=tmp_path / "out", **DAYS)
    example_wc.model.save(tmp_path / "model.nc")
    return tmp_path


def change(path, edit):
    with xr.open_dataset(path) as dataset:
        changed = dataset.load()
    edit(changed)
    changed.to_netcdf(path)


def test_identical(directory, example_model):
    assert reproduce(directory / "out" / "real_0001.nc", example_model).identical


def test_the_first_difference_is_named(directory, example_model):
    def edit(dataset):
        dataset["R"].values[2, 17] += 1e-9

    change(directory / "out" / "real_0001.nc", edit)
    outcome = reproduce(directory / "out" / "real_0001.nc", example_model)
    assert not outcome.identical
    assert f"R at {example_model.stations[2]} on 2001-01-18" in outcome.text
    assert "1 values in all" in outcome.text


def test_another_model_is_refused(directory, example_model):
    def edit(dataset):
        dataset.attrs["model"] = "0" * 64

    change(directory / "out" / "real_0001.nc", edit)
    with pytest.raises(ReproductionError, match="made with the model 000000000000"):
        reproduce(directory / "out" / "real_0001.nc", example_model)


def test_what_is_no_member_is_refused(directory, example_model):
    for name in ("model.nc", "none.nc"):
        with pytest.raises(ReproductionError, match="not a member file"):
            reproduce(directory / name, example_model)


def test_the_command(directory, capsys):
    arguments = ["reproduce", str(directory / "out" / "real_0000.nc"), "--model", str(directory / "model.nc")]
    assert main(arguments) == 0
    assert "identical" in capsys.readouterr().out
