"""Change factors at many stations: each is reached, years keep their variation, and what is not asked follows or is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

import weathercop
from varwg.errors import ScenarioError
from weathercop import Multisite

STEPS = np.array([0.8, 0.9, 1.1, 1.2, 0.75, 1.0, 0.85, 1.15, 0.95, 1.05, 1.25, 0.8])
ASKED: dict[str, Any] = {
    "theta": {"mean": np.linspace(-1.0, 3.0, 12), "sd_factor": 1.15},
    "R": {"wet_day_factor": STEPS, "wet_mean_factor": 1.2 / np.sqrt(STEPS), "tail_factor": 1.3},
    "rh": {"mean": -0.03, "sd_factor": 1.1},
    "U": {"mean_factor": 0.9, "sd_factor": 1.1},
}
DAYS: dict[str, Any] = {"start": "2001-01-01", "n_days": 365 * 30 + 7}


def members(wc: weathercop.Multisite, n: int = 20, **asked: Any) -> np.ndarray:
    return np.stack([wc.simulate(rng=weathercop.realization_rng(i, 5), **DAYS, **asked).sim_sea.values for i in range(n)])


@pytest.fixture(scope="module")
def base(example_wc: Multisite) -> np.ndarray:
    return members(example_wc)


@pytest.fixture(scope="module")
def changed(example_wc: Multisite) -> np.ndarray:
    return members(example_wc, changes=ASKED, others="keep")


@pytest.fixture(scope="module")
def month() -> np.ndarray:
    return np.arange("2001-01-01", "2031-01-01", dtype="datetime64[D]").astype("datetime64[M]").astype(int) % 12


def column(wc: weathercop.Multisite, name: str) -> int:
    return wc.model.variable_names.index(name)


def pairs(
    wc: weathercop.Multisite, name: str, base: np.ndarray, changed: np.ndarray, month: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    at = column(wc, name)
    return [(base[:, :, at][..., month == m], changed[:, :, at][..., month == m]) for m in range(12)]


@pytest.mark.parametrize("name", ["theta", "rh", "U"])
def test_mean_and_standard_deviation_of_every_month(
    example_wc: Multisite, base: np.ndarray, changed: np.ndarray, month: np.ndarray, name: str
) -> None:
    """Of each member, whatever chance has made of its base: what is asked of a mean within a thousandth."""
    entries = {entry: np.broadcast_to(value, 12) for entry, value in ASKED[name].items()}
    for m, both in enumerate(pairs(example_wc, name, base, changed, month)):
        for before, after in zip(*(np.moveaxis(values, 1, 0) for values in both), strict=True):
            if "mean" in entries:
                assert after.mean() - before.mean() == pytest.approx(entries["mean"][m], abs=1e-3 * before.std())
            else:
                assert after.mean() / before.mean() == pytest.approx(entries["mean_factor"][m], rel=1e-3)
            assert after.std() / before.std() == pytest.approx(entries["sd_factor"][m], rel=0.005)


def test_wet_days_their_mean_and_their_tail(
    example_wc: Multisite, base: np.ndarray, changed: np.ndarray, month: np.ndarray
) -> None:
    """Numbers of wet days are rounded in each of 20 members with some 300 each: 1 % is three days in each, all one way."""
    for m, both in enumerate(pairs(example_wc, "R", base, changed, month)):
        for before, after in zip(*(np.moveaxis(values, 1, 0) for values in both), strict=True):
            wet = [values[values >= 1.0] for values in (before, after)]
            assert wet[1].size / wet[0].size == pytest.approx(ASKED["R"]["wet_day_factor"][m], rel=0.01)
            assert wet[1].mean() / wet[0].mean() == pytest.approx(ASKED["R"]["wet_mean_factor"][m], rel=0.01)
            tails = [np.quantile(own, 0.99) for own in wet]
            assert tails[1] / tails[0] == pytest.approx(1.3, rel=0.06)


@pytest.mark.parametrize("name", ["theta", "R", "rh", "U"])
def test_years_vary_as_before(example_wc: Multisite, base: np.ndarray, changed: np.ndarray, name: Any) -> None:
    """Standard deviation of annual means, relative to their mean where there is a zero, of each member."""
    years = np.arange("2001-01-01", "2031-01-01", dtype="datetime64[D]").astype("datetime64[Y]").astype(int)
    spread = []
    for values in (base, changed):
        own = values[:, :, column(example_wc, name), : years.size]
        annual = np.stack([own[..., years == year].mean(axis=-1) for year in np.unique(years)])
        spread.append(annual.std(axis=0) / (1.0 if name == "theta" else annual.mean(axis=0)))
    assert spread[1].mean() / spread[0].mean() == pytest.approx(1.0, abs=0.02)


def test_members_of_one_year_have_the_deviations_together(example_wc: Multisite) -> None:
    """200 members of one year: the mean of each month is not multiplied, and days by as much more as that takes.

    Months of years are one in five of the variance or less; 200 of these have a sampling error of it of 10 %, so that the
    factor, 1.3, misses by more than 0.025 with a probability of some 0.001 in 36.
    """
    span: dict[str, Any] = {"start": "2001-01-01", "n_days": 365}
    asked = span | {"changes": {"theta": {"mean": 2.0, "sd_factor": 1.3}}, "others": "keep"}
    base, changed = (
        np.array([example_wc.simulate(rng=weathercop.realization_rng(i, 5), **options).sim_sea.values for i in range(200)])
        for options in (span, asked)
    )
    at = np.arange("2001-01-01", "2002-01-01", dtype="datetime64[D]").astype("datetime64[M]").astype(int) % 12
    for before, after in pairs(example_wc, "theta", base, changed, at):
        assert after.mean(axis=(0, 2)) - before.mean(axis=(0, 2)) == pytest.approx(2.0, abs=1e-6)
        assert after.std(axis=(0, 2)) / before.std(axis=(0, 2)) == pytest.approx(1.3, abs=0.025)


def test_what_is_not_asked_of_a_variable_is_held(example_wc: Multisite, base: np.ndarray, month: np.ndarray) -> None:
    """Of humidity, which is near its bound, only the mean; and of it the same where its standard deviation cannot stay."""
    for change in (-0.05, 0.04):
        later = members(example_wc, 4, changes={"rh": {"mean": change}}, others="keep")
        for before, after in pairs(example_wc, "rh", base[:4], later, month):
            assert after.mean(axis=(0, 2)) - before.mean(axis=(0, 2)) == pytest.approx(change, rel=1e-3)
            assert after.std(axis=(0, 2)) / before.std(axis=(0, 2)) == pytest.approx(1.0, abs=0.01)
            assert after.max() <= 1.0


def test_rank_correlations_stay(example_wc: Multisite, base: np.ndarray, changed: np.ndarray, month: np.ndarray) -> None:
    """Of each month, as the season changes with the factors; only rain loses some, with the days that become dry."""
    for m in (0, 6):
        before, after = (
            spearmanr(
                np.concatenate(values[..., month == m], axis=-1).reshape(-1, values.shape[0] * (month == m).sum()).T
            ).statistic
            for values in (base, changed)
        )
        assert np.abs(after - before).max() < 0.06


def test_what_is_not_asked_is_kept_bit_for_bit(example_wc: Multisite, base: np.ndarray, changed: np.ndarray) -> None:
    at = column(example_wc, "Qsw")
    assert np.array_equal(base[:, :, at], changed[:, :, at])


def test_what_is_not_asked_follows(example_wc: Multisite, base: np.ndarray) -> None:
    warm = members(example_wc, 3, changes={"theta": {"mean": 3.0}})
    theta, rh = column(example_wc, "theta"), column(example_wc, "rh")
    assert np.allclose(warm[:, :, theta], base[:3, :, theta] + 3.0)
    assert not np.allclose(warm[:, :, rh], base[:3, :, rh])
    held = members(example_wc, 1, changes={"theta": {"mean": 3.0}}, fixed_variables="rh")
    assert np.array_equal(held[:, :, rh], base[:1, :, rh])


def test_months_of_a_member_do_not_depend_on_those_beside_it(example_wc: Multisite, tmp_path: Path) -> None:
    """The same bits one by one and in an ensemble, which computes members together."""
    asked: dict[str, Any] = {"changes": ASKED, "others": "follow"}
    alone = members(example_wc, 3, **asked)
    ensemble = example_wc.simulate_ensemble(3, out_dir=tmp_path / "ensemble", seed=5, **DAYS, **asked)
    assert np.array_equal(ensemble.transpose("realization", "station", "variable", "time").values, alone)


def test_quantiles_are_reached(example_wc: Multisite, base: np.ndarray, month: np.ndarray) -> None:
    """Quantile delta mapping: quantiles of the changed member are those of the base, changed (Cannon et al. 2015)."""
    levels = np.linspace(0.05, 0.95, 10)
    steps = np.linspace(-0.5, 2.5, 10)
    warm = members(example_wc, 8, changes={"theta": {"quantiles": levels, "quantile_changes": steps}}, others="keep")
    for before, after in pairs(example_wc, "theta", base[:8], warm, month):
        for station in range(before.shape[1]):
            moved = np.quantile(after[:, station], levels) - np.quantile(before[:, station], levels)
            assert moved == pytest.approx(steps, abs=0.05)


def test_quantiles_of_rain_are_those_of_wet_days(example_wc: Multisite, base: np.ndarray, month: np.ndarray) -> None:
    levels, steps = np.array([0.1, 0.5, 0.9, 0.99]), np.array([1.0, 1.1, 1.2, 1.4])
    asked = {"R": {"wet_day_factor": 0.9, "quantiles": levels, "quantile_factors": steps}}
    later = members(example_wc, 8, changes=asked, others="keep")
    for before, after in pairs(example_wc, "R", base[:8], later, month):
        wet = [values[values >= 1.0] for values in (before, after)]
        assert wet[1].size / wet[0].size == pytest.approx(0.9, rel=0.02)
        ratio = np.quantile(wet[1], levels) / np.quantile(wet[0], levels)
        assert ratio[:3] == pytest.approx(steps[:3], rel=0.03)
        assert ratio[3] == pytest.approx(steps[3], rel=0.06)


def test_a_ramp_begins_with_nothing(example_wc: Multisite, base: np.ndarray) -> None:
    ramp = members(example_wc, 2, changes={"theta": {"mean": 4.0}, "course": "ramp"}, others="keep")
    added = ramp[:, :, column(example_wc, "theta")] - base[:2, :, column(example_wc, "theta")]
    assert np.allclose(added, np.linspace(0.0, 4.0, added.shape[-1]), atol=1e-9)


@pytest.mark.parametrize(
    ("name", "entries", "of_all"),
    [
        ("R", {"mean_factor": 1.6}, 1.6),
        ("R", {"wet_day_factor": 1.3}, None),
        ("R", {"wet_day_factor": 0.8, "wet_mean_factor": 1.5, "tail_factor": 1.6}, None),
        ("U", {"mean_factor": 1.4, "sd_factor": 1.2}, 1.4),
    ],
)
@pytest.mark.parametrize("course", ["ramp", {2001: 0.0, 2010: 1.0, 2030: 0.2}])
def test_every_year_has_its_share_of_a_course(
    example_wc: Multisite, base: np.ndarray, name: str, entries: dict[str, float], of_all: float | None, course: Any
) -> None:
    """Six years in succession each: means, or numbers of wet days, have changed as far as the course has gone in these."""
    later = members(example_wc, 2, changes={name: entries, "course": course}, others="keep")
    series = [values[:2, :, column(example_wc, name)] for values in (base, later)]
    days = np.arange(DAYS["n_days"])
    shares = days / days[-1]
    if course != "ramp":
        years = (np.datetime64("2001-01-01") + days).astype("datetime64[Y]").astype(int) + 1970
        shares = np.interp(years, list(course), list(course.values()))
    factor = entries.get("wet_day_factor", of_all) or 1.0
    for part in np.split(days[: 365 * 30], 5):
        before, after = (values[..., part] if of_all else values[..., part] >= 1.0 for values in series)
        assert after.mean() / before.mean() == pytest.approx(1.0 + (factor - 1.0) * shares[part].mean(), rel=0.02)


def test_years_of_rain_vary_as_before_where_months_change_by_other_factors(example_wc: Multisite, base: np.ndarray) -> None:
    """The variation of annual sums at each station, of each member, as all days of a month are multiplied by 0.3 to 3."""
    steps = np.geomspace(0.3, 3.0, 12)
    later = members(example_wc, 4, changes={"R": {"mean_factor": steps}}, others="keep")
    year = np.arange("2001-01-01", "2031-01-01", dtype="datetime64[D]").astype("datetime64[Y]").astype(int)
    before, after = (
        np.stack([values[:4, :, column(example_wc, "R"), : year.size][..., year == one].sum(axis=-1) for one in np.unique(year)])
        for values in (base, later)
    )
    ratio = (after.std(axis=0) / after.mean(axis=0)) / (before.std(axis=0) / before.mean(axis=0))
    assert np.abs(ratio - 1.0).max() < 0.02


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        ("U", {"mean_factor": 0.9, "sd_factor": 1.1}),
        ("U", {"mean": 0.4}),
        ("rh", {"mean": -0.03, "sd_factor": 1.1}),
        ("theta", {"mean": 2.0, "sd_factor": 1.2}),
        ("R", {"mean_factor": 1.2, "wet_day_factor": 0.9}),
        ("Qsw", {"quantiles": [0.1, 0.9], "quantile_factors": [0.9, 1.1]}),
    ],
)
@pytest.mark.parametrize("n_days", [45, 364, 365])
def test_months_and_single_years_change_too(example_wc: Multisite, name: str, entries: dict[str, Any], n_days: int) -> None:
    """Less than a year has no running mean of a year; the mean of its first month is that of the base, changed."""
    span: dict[str, Any] = {"start": "2001-01-01", "n_days": n_days, "rng": 5}
    changed = span | {"changes": {name: entries}, "others": "keep"}
    at = column(example_wc, name)
    before, after = (example_wc.simulate(**asked).sim_sea.values[:, at] for asked in (span, changed))
    assert np.isfinite(after).all()
    if "quantiles" not in entries:
        wanted = before[:, :31].mean(axis=1) * entries.get("mean_factor", 1.0) + entries.get("mean", 0.0)
        assert after[:, :31].mean(axis=1) == pytest.approx(wanted, rel=0.01)


def test_what_cannot_be_weather_is_refused_at_many_stations_too(example_wc: Multisite) -> None:
    with pytest.raises(ScenarioError, match=r"the scenario takes R at .* mm, but 0 to .* are possible: ask for less"):
        members(example_wc, 1, rain_factor=10.0, changes={"R": {"wet_mean_factor": 9.0, "tail_index_factor": 3.0}})


def test_what_no_distribution_can_have_is_refused(example_wc: Multisite) -> None:
    with pytest.raises(ScenarioError, match=r"up to .* of days have rain: ask for at most"):
        members(example_wc, 1, changes={"R": {"wet_day_factor": 5.0}})
    with pytest.raises(ScenarioError, match=r"rh at .* cannot be reached in month 1"):
        members(example_wc, 1, changes={"rh": {"mean": 0.9}})
    with pytest.raises(ScenarioError, match=r"tail_index_factor of R at .* cannot be reached"):
        members(example_wc, 1, changes={"R": {"tail_index_factor": 9.0}})
    with pytest.raises(ScenarioError, match="a quantile of wet days, which would be negative"):
        members(example_wc, 1, changes={"R": {"quantiles": [0.1, 0.9], "quantile_changes": [-5.0, 1.0]}})
    with pytest.raises(ScenarioError, match=r"mean of rh is -2, but a change of at most 1\.05 is"):
        members(example_wc, 1, changes={"rh": {"mean": -2.0}})
    with pytest.raises(ScenarioError, match="others is 'leave'"):
        members(example_wc, 1, changes={"rh": {"mean": 0.01}}, others="leave")


def test_the_index_of_the_tail_is_multiplied(example_wc: Multisite, base: np.ndarray, month: np.ndarray) -> None:
    """The logarithm of the ratio of two high quantiles above 1 mm is multiplied as the index of the tail is.

    Some 8 000 wet days a month: a sampling error of 3 % of that logarithm, of which 15 % is five times as much.
    """
    asked = {"R": {"tail_index_factor": 1.3, "wet_mean_factor": 1.1}}
    later = members(example_wc, 8, changes=asked, others="keep")
    for before, after in pairs(example_wc, "R", base[:8], later, month):
        wet = [values[values >= 1.0] for values in (before, after)]
        assert wet[1].mean() / wet[0].mean() == pytest.approx(1.1, rel=0.03)
        spread = [np.log(np.quantile(own - 1.0, 0.99) / np.quantile(own - 1.0, 0.9)) for own in wet]
        assert spread[1] / spread[0] == pytest.approx(1.3, rel=0.15)
    with pytest.raises(ScenarioError, match="settle the same"):
        example_wc.simulate(400, rng=1, changes={"R": {"tail_index_factor": 1.3, "tail_factor": 1.2}})
