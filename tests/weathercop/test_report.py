"""The report: one well-formed file without anything from outside, with all sections, pictures and grades."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from varwg.errors import DataError
from weathercop import Multisite, example_dataset, write_report
from weathercop.plotting._vine import vine_of
from weathercop.validation import grade_shares, validate
from weathercop.validation._tables import at_station

pytest.importorskip("matplotlib")

_EMPTY = frozenset({"meta", "link", "img", "br", "input"})
_PNG = b"\x89PNG\r\n\x1a\n"


class _Reader(HTMLParser):
    """Collects attributes and text, and checks that tags are closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text = ""
        self.rows: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "tr":
            self.rows.append(attributes)
        if tag not in _EMPTY:
            self.open.append(tag)
        if attributes.get("id"):
            self.ids.add(str(attributes["id"]))
        if tag == "img":
            self.images.append(attributes)
        self.links += [str(attributes[name]) for name in ("href", "src") if attributes.get(name)]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def small_wc() -> Multisite:
    data = example_dataset()[["theta", "R"]].isel(station=[0, 1], time=slice(0, 2922))
    return Multisite(data).fit(rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def ensemble(small_wc: Multisite) -> xr.DataArray:
    return small_wc.simulate_ensemble(3, seed=5).assign_attrs(scenario="<script>alert('no')</script>")


@pytest.fixture(scope="module")
def checked(small_wc: Multisite, ensemble: xr.DataArray) -> xr.Dataset:
    return validate(ensemble, small_wc.observations)


@pytest.fixture(scope="module")
def page(small_wc: Multisite, ensemble: xr.DataArray, checked: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> _Reader:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(path, ensemble, example_dataset(), model=small_wc.model, station="MUNICH", checked=checked)
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == []
    return reader


def test_nothing_comes_from_outside(page: _Reader) -> None:
    assert all(link.startswith(("#", "data:")) for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= page.ids


def test_every_picture_is_an_image_with_a_description(page: _Reader) -> None:
    assert len(page.images) > 20
    for image in page.images:
        assert image["alt"]
        content = base64.b64decode(str(image["src"]).partition(",")[2])
        assert content.startswith(_PNG)
        assert content[25] == 3  # colours from a palette: a third of the bytes of true colours


def test_descriptions_say_what_is_seen(page: _Reader, ensemble: xr.DataArray) -> None:
    texts = [str(image["alt"]) for image in page.images]
    own = next(text for text in texts if text.startswith("Means of the months. MUNICH; mean air"))
    means = example_dataset()["theta"].sel(station="MUNICH").groupby("time.month").mean().values
    assert f"observed {means.min():.3g} to {means.max():.3g}" in own
    members = ensemble.sel(station="MUNICH", variable="theta").groupby("time.month").mean().values
    low, high = np.quantile(members, [0.05, 0.95], axis=0)
    assert f"{int(np.sum((means >= low) & (means <= high)))} of 12 observed points within 90 % of members" in own


def test_a_reader_chooses_between_stations(
    small_wc: Multisite, ensemble: xr.DataArray, checked: xr.Dataset, tmp_path: Path
) -> None:
    write_report(tmp_path / "two.html", ensemble, small_wc.observations, checked=checked, station=["MUNICH", "BERN"])
    text = (tmp_path / "two.html").read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(text)
    assert reader.open == []
    assert {link[1:] for link in reader.links if link.startswith("#")} <= reader.ids
    assert "Air temperature, MUNICH" in reader.text and "Air temperature, BERN" in reader.text
    assert '<select id="pictures"><option>MUNICH</option><option>BERN</option></select>' in text
    # The grades of each station, which the script puts into the table.
    of_all = json.loads(str(next(row["data-stations"] for row in reader.rows if "data-stations" in row)))
    at_bern = grade_shares(at_station(checked, "BERN"))
    assert [cells[1] for cells in of_all[:2]] == [str(grade_shares(checked).n_values), str(at_bern.n_values)]
    assert of_all[1][2] == f"{at_bern.good:.0%}"


def test_what_is_said(page: _Reader, checked: xr.Dataset, small_wc: Multisite) -> None:
    shares = grade_shares(checked)
    assert f"{shares.n_values} values" in page.text
    assert f"good {shares.good:.0%}" in page.text
    assert "--seed 5" in page.text
    assert small_wc.model.fingerprint() in page.text
    assert "alert('no')" in page.text  # as text: there is no such tag, or the reader would have found it open
    assert vine_of(small_wc, "MUNICH").edges[0][0].family.replace("_", "-") in page.text


def test_a_short_ensemble_of_one_station_without_a_model(small_wc: Multisite, tmp_path: Path) -> None:
    short = small_wc.simulate_ensemble(2, seed=1, start="2041-01-01", n_days=800).isel(station=[0], variable=[1])
    write_report(tmp_path / "short.html", short, small_wc.observations)
    text = (tmp_path / "short.html").read_text(encoding="utf-8")
    assert 'id="model"' not in text
    assert "Probability of exceedance" in text


def test_a_variable_that_the_station_does_not_report(small_wc: Multisite, tmp_path: Path) -> None:
    short = small_wc.simulate_ensemble(2, seed=1, n_days=800)
    short.loc[{"station": "BERN", "variable": "R"}] = np.nan
    record = example_dataset()
    record["R"][0] = np.nan
    write_report(tmp_path / "part.html", short, record)
    text = (tmp_path / "part.html").read_text(encoding="utf-8")
    assert "BERN does not report it" in text
    assert "Means of the months" in text


def test_without_matplotlib_there_are_no_pictures_but_all_the_rest(
    small_wc: Multisite, ensemble: xr.DataArray, checked: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weathercop._report.available", lambda: False)
    write_report(tmp_path / "plain.html", ensemble, small_wc.observations, model=small_wc.model, checked=checked)
    reader = _Reader()
    reader.feed((tmp_path / "plain.html").read_text(encoding="utf-8"))
    assert reader.open == []
    assert reader.images == []
    assert "install matplotlib" in reader.text
    assert {"agreement", "observations", "model", "reproduce"} <= reader.ids


def test_suspicious_observations_are_in_it(small_wc: Multisite, ensemble: xr.DataArray, checked: xr.Dataset, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("weathercop._report.available", lambda: False)
    odd = example_dataset()
    odd["R"][0, 50] = 400.0
    write_report(tmp_path / "odd.html", ensemble, odd, checked=checked)
    text = (tmp_path / "odd.html").read_text(encoding="utf-8")
    assert "R at BERN: a value far above all others: 400 mm on 2001-02-20" in text


def test_unusable_requests_are_refused(small_wc: Multisite, ensemble: xr.DataArray, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="OSLO"):
        write_report(tmp_path / "no.html", ensemble, small_wc.observations, station="OSLO")
    assert not list(tmp_path.iterdir())


def test_the_only_script_that_may_run_is_the_one_in_the_file(
    small_wc: Multisite, ensemble: xr.DataArray, checked: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weathercop._report.available", lambda: False)
    write_report(tmp_path / "plain.html", ensemble, small_wc.observations, checked=checked)
    text = (tmp_path / "plain.html").read_text(encoding="utf-8")
    script = text.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert text.count("<script") == 1 and f"script-src 'sha256-{digest}'" in text
