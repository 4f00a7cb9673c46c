"""The migration guide: every code block is run, and every name in its tables is looked up.

A comment above a block says how; without one a Python block is run after the others of its section, in one namespace:

- ``before FILE: runs`` and ``before FILE: raises ERROR``: an old program. It is run as it is, against the shim, and goes
  through the codemod, which has to write the block ``after FILE`` or report the block ``report FILE``. What runs before and
  after prints the same.
- ``raises ERROR: TEXT``: as any block of the section, but it has to fail like that.
- ``pytest``: a test file.
- ``not run: REASON``: not run; how many there are is tested.

The lines of shell blocks end in a comment with their exit code.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pytest
from varwg_codemod.cli import main as codemod

import varwg
import weathercop
from weathercop._cli import main as weathercop_command

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "migration_guide.md"
SHIM = ("varwg.rng", "varwg.get_rng", "varwg.reseed")
KEPT = frozenset({"varwg.VG", "varwg.VarWG", "varwg.sample_met"})  # may be called old although they exist
#: The names that varwg 1.4 and weathercop 0.2 offered their users.
OLD_NAMES = """
    varwg.rng varwg.get_rng varwg.reseed varwg.VG varwg.VarWG varwg.set_conf varwg.conf varwg.config_template
    varwg.sample_met varwg.read_met varwg.times varwg.ctimes varwg.helpers varwg.smoothing varwg.ecdf varwg.meteo
    met_file= sum_interval= max_nans= refit= detrend_vars= verbose= data_dir= cache_dir= dump_data= non_rain=
    rain_method= conf_update= station_name= infill= random_state= seed_before_sim= r_fact= theta_grad= climate_signal=
    fixed_variables= primary_var= mean_arrival= disturbance_std= start_str= stop_str= phase_randomize= return_rphases=
    taboo_period_min= res_kwds= sim_sea sim_times data_raw data_trans disaggregate to_df to_glm to_dyresm to_gotm
    predict random_dryness infill_trans_nans print_means plot_ set_conf cop_conf example_data copulae vine find_copula
    seasonal_cop multisite_conditional WEATHERCOP_DIR WEATHERCOP_ENSEMBLE_ROOT station_vines= infilling= cop_candidates=
    debias= scop_kwds= vgs_cache_dir= vine_cache= pad_input= reinitialize_vgs= asymmetry= name_derived= clear_cache=
    csv= dis_kwds= write_to_disk= ensemble_root= load_ensemble ensemble_trans to_csv reset_sim save load pickle_filepath
    sim_one usevine= heat_wave_kwds= mask_fun= stop_at= phase_randomize_vary_mean= print_ensemble_means
    locking brunner windrose rain_stats resample time_series conditional_sim spectral multisite_annual MultisiteExternal
    ensemble_plotting opendata_vg_conf obs_means print_all_means sim_sea_dis cov_trans
"""

# Runs the blocks of one JSON file and writes what happened to another; a process of its own, because blocks use the shim.
DRIVER = """
import json, sys, threading, traceback, warnings

outcomes = {}


def run_section(blocks):
    namespace = {"__name__": "__main__"}
    for block in blocks:
        code = "\\n" * block["line"] + block["code"]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                exec(compile(code, "migration_guide.md", "exec"), namespace)
                raised, shown = "", ""
            except Exception as error:
                raised, shown = f"{type(error).__name__}: {error}", traceback.format_exc()
        deprecated = [str(w.message) for w in caught if w.filename == "migration_guide.md" and "varwg 3.0" in str(w.message)]
        outcomes[block["line"]] = {"raised": raised, "traceback": shown, "deprecated": deprecated}


blocks = json.load(open(sys.argv[1]))
for section in dict.fromkeys(block["section"] for block in blocks):  # each in a thread: the shim has a generator for each
    thread = threading.Thread(target=run_section, args=([block for block in blocks if block["section"] == section],))
    thread.start()
    thread.join()
json.dump(outcomes, open(sys.argv[2], "w"))
"""


class Block(NamedTuple):
    """A fenced block: its language, the comment above it, the section it is in, its first line and its text."""

    language: str
    marker: str
    section: str
    line: int
    code: str

    @property
    def kind(self) -> str:
        return self.marker.partition(":")[0].partition(" ")[0]

    @property
    def file(self) -> str:
        return self.marker.partition(":")[0].partition(" ")[2]


def read_blocks() -> Iterator[Block]:
    section, above, fence = "", "", None
    code: list[str] = []
    for number, line in enumerate(GUIDE.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            if fence is None:
                comment = re.fullmatch(r"<!-- (.*) -->", above)
                fence, code = (line[3:], comment[1] if comment else "", section, number), []
            else:
                yield Block(*fence, "\n".join(code) + "\n")
                fence = None
        elif fence is not None:
            code.append(line)
        elif line.startswith("## "):
            section = line[3:]
        above = line
    assert fence is None, "a block is not closed"


BLOCKS = tuple(read_blocks())
SECTION_BLOCKS = tuple(block for block in BLOCKS if block.language == "python" and block.kind in ("", "raises"))
BEFORE = {block.file: block for block in BLOCKS if block.kind == "before"}
AFTER = {block.file: block for block in BLOCKS if block.kind == "after"}
REPORTS = {block.file: block for block in BLOCKS if block.kind == "report"}
SHELL = tuple(block for block in BLOCKS if block.language == "sh" and block.kind != "not")
PYTEST = tuple(block for block in BLOCKS if block.kind == "pytest")


def place(block: Block) -> str:
    return f"line-{block.line}"


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the interpreter of the tests, with the packages and the codemod of this checkout."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tools"), os.environ.get("PYTHONPATH", "")])
    plain = {"MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = os.environ | plain | {"PYTHONPATH": path}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=120)


def run_program(path: Path) -> subprocess.CompletedProcess[str]:
    """Run a program, or the tests in it if it is called like a test file."""
    if path.name.startswith("test_"):
        return run("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", path.parent, path.name, cwd=path.parent)
    return run("-W", "always::DeprecationWarning", path.name, cwd=path.parent)


def write_data(directory: Path) -> None:
    """The two files that the guide's programs read: daily weather of two stations, and an hourly met file of one."""
    daily = weathercop.example_dataset().isel(station=[0, 1], time=slice(0, 731))[["theta", "R", "rh"]]
    daily.to_netcdf(directory / "observations.nc", engine="scipy")
    rng = np.random.default_rng(0)
    hours = np.datetime64("2001-01-01T00") + np.arange(731 * 24)
    per_day = np.stack([daily["theta"].values[0], rng.exponential(0.004, 731) * (rng.random(731) < 0.4)]).repeat(24, axis=1)
    theta = per_day[0] + 4.0 * np.sin(2 * np.pi * np.arange(hours.size) / 24)
    columns = zip(hours, theta, per_day[1] / 24, rng.uniform(0.4, 1.0, hours.size), strict=True)
    rows = [f"{str(hour).replace('T', ' ')}:00:00\t{t:.2f}\t{rain:.7f}\t{rh:.3f}" for hour, t, rain, rh in columns]
    (directory / "station.met").write_text("\n".join(["date\ttheta\tR\trh", *rows]) + "\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that the guide's reader works in."""
    directory = tmp_path_factory.mktemp("guide")
    write_data(directory)
    return directory


@pytest.fixture(scope="module")
def outcomes(desk: Path) -> dict[str, Any]:
    """What happened when the blocks of the sections were run, by the line they begin at."""
    (desk / "driver.py").write_text(DRIVER, encoding="utf-8")
    (desk / "blocks.json").write_text(json.dumps([block._asdict() for block in SECTION_BLOCKS]), encoding="utf-8")
    done = run("driver.py", "blocks.json", "outcomes.json", cwd=desk)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads((desk / "outcomes.json").read_text(encoding="utf-8"))
    return loaded


def test_no_block_is_left_out() -> None:
    handled = {*SECTION_BLOCKS, *BEFORE.values(), *AFTER.values(), *REPORTS.values(), *SHELL, *PYTEST}
    not_run = [block for block in BLOCKS if block.marker.startswith("not run: ")]
    assert len(not_run) == 1, "only the installation, which needs a package index, is not run"
    assert {*BLOCKS} == handled | {*not_run}
    assert len(SECTION_BLOCKS) > 15
    assert set(BEFORE) == set(AFTER) | set(REPORTS), "each old program needs its new form, or what is reported"


@pytest.mark.parametrize("block", SECTION_BLOCKS, ids=place)
def test_section_block(block: Block, outcomes: dict[str, Any]) -> None:
    outcome = outcomes[str(block.line)]
    if block.kind == "raises":
        error, _, text = block.marker.removeprefix("raises ").partition(": ")
        assert outcome["raised"].startswith(f"{error}: "), outcome["raised"]
        assert text in outcome["raised"]
    else:
        assert not outcome["raised"], outcome["traceback"]
    assert bool(outcome["deprecated"]) == ("DeprecationWarning" in block.code), outcome["deprecated"]


@pytest.mark.parametrize("file", BEFORE)
def test_old_program(file: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It does what its comment says, and the codemod writes what the guide says, with the same numbers."""
    study = desk / "study"
    study.mkdir(exist_ok=True)
    (study / "observations.nc").write_bytes((desk / "observations.nc").read_bytes())
    path = study / file
    path.write_text(BEFORE[file].code, encoding="utf-8")
    old = run_program(path)
    _, _, expected = BEFORE[file].marker.partition(": ")
    assert "varwg 3.0" in old.stderr + old.stdout, "the old names warn"
    if expected == "runs":
        assert old.returncode == 0, old.stderr + old.stdout
    else:
        assert f"\n{expected.removeprefix('raises ')}: " in old.stderr

    monkeypatch.chdir(desk)
    exit_code, reported = codemod(["--write", f"study/{file}"]), capsys.readouterr().err
    if file in REPORTS:
        assert exit_code == 1
        assert set(REPORTS[file].code.splitlines()) <= set(reported.splitlines()), reported
    if file in AFTER:
        assert exit_code == 0, reported
        assert path.read_text(encoding="utf-8") == AFTER[file].code
        new = run_program(path)
        assert new.returncode == 0, new.stderr + new.stdout
        assert "varwg 3.0" not in new.stderr + new.stdout
        if expected == "runs" and not file.startswith("test_"):
            assert new.stdout == old.stdout != ""
    path.unlink()


@pytest.mark.parametrize("block", SHELL, ids=place)
@pytest.mark.usefixtures("outcomes")
def test_shell_block(block: Block, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The commands are run one after the other, on the guide's first program as it was before and on what its blocks wrote."""
    study = desk / "study"
    study.mkdir(exist_ok=True)
    (study / "lake.py").write_text(BEFORE["lake.py"].code, encoding="utf-8")
    monkeypatch.chdir(desk)
    for line in block.code.splitlines():
        stated = re.fullmatch(r"(\S+) (.*?)\s+# exit (\d)\b.*", line)
        assert stated, f"{line!r} has no comment with its exit code"
        exit_code = run_command(stated[1], stated[2].split())
        assert exit_code == int(stated[3]), f"{line}\n{capsys.readouterr()}"


def run_command(command: str, arguments: list[str]) -> int:
    """The exit code of a command of the guide."""
    if command == "varwg-codemod":
        return codemod(arguments)
    if command == "weathercop":
        return weathercop_command(arguments)
    assert command == "python", f"this test does not know how to run {command}"
    return run(*arguments, cwd=Path.cwd()).returncode


@pytest.mark.parametrize("block", PYTEST, ids=place)
def test_test_file(block: Block, desk: Path) -> None:
    path = desk / f"test_of_{place(block).replace('-', '_')}.py"
    path.write_text(block.code, encoding="utf-8")
    done = run_program(path)
    assert done.returncode == 0, done.stdout


def rows() -> Iterator[tuple[str, str]]:
    """The cells of the tables whose columns are old names and what to use for them."""
    of_interest = False
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            of_interest = False
        elif line.startswith("| old |"):
            of_interest = True
        elif of_interest and not line.startswith("|---"):
            old, new = line.strip("|").split(" | ")
            yield old, new


#: What the guide's shorthands stand for.
SHORTHANDS = MappingProxyType(
    {
        "wg.model": "varwg.SiteModel",
        "wg.observations": "varwg.Observations",
        "wc.observations": "varwg.Observations",
        "wc.model": "weathercop.MultisiteModel",
        "wg": "varwg.VarWG",
        "wc": "weathercop.Multisite",
        "result": "varwg.Simulation",
        "VarWG": "varwg.VarWG",
        "Multisite": "weathercop.Multisite",
    }
)
NAME = re.compile(r"((?:varwg|weathercop|VarWG|Multisite|wg|wc|result)(?:\.\w+)*)(\.\w*\*)?(?:\((.*)\))?")


class Name(NamedTuple):
    """A name of the packages in the guide: as written, in full, its start where a star cuts it off, its call if it is one."""

    written: str
    full: str
    start: str
    arguments: str | None

    @property
    def keywords(self) -> set[str]:
        return set(re.findall(r"(\w+)=", self.arguments or ""))


def names_in(cell: str) -> Iterator[Name]:
    for span in re.findall(r"`([^`]+)`", cell):
        found = NAME.fullmatch(span)
        if found:
            short = next((short for short in SHORTHANDS if f"{found[1]}.".startswith(f"{short}.")), "")
            full = SHORTHANDS.get(short, "") + found[1].removeprefix(short)
            yield Name(found[1], full, (found[2] or "").strip(".*"), found[3])


def look_up(name: str) -> Any:
    """The object of a name, or None."""
    first, *rest = name.split(".")
    found: Any = {"varwg": varwg, "weathercop": weathercop}[first]
    for number, part in enumerate(rest):
        if inspect.ismodule(found) and not hasattr(found, part):
            try:
                import_module(".".join([first, *rest[: number + 1]]))
            except ImportError:
                return None
        found = getattr(found, part, None) or attribute_of_objects(found, part)
        if found is None:
            return None
    return found


def keywords_of(function: Any) -> set[str]:
    """The keywords that a function takes, those of `**options: Unpack[Options]` among them."""
    parameters = inspect.signature(function).parameters
    found = set(parameters)
    for parameter in parameters.values():
        unpacked = re.fullmatch(r"(?:typing\.)?Unpack\[(\w+)\]", str(parameter.annotation))
        if parameter.kind is parameter.VAR_KEYWORD and unpacked:
            options = getattr(sys.modules[function.__module__], unpacked[1])
            found |= options.__required_keys__ | options.__optional_keys__
    return found


def attribute_of_objects(owner: object, name: str) -> str | None:
    """What is known of an attribute that the objects of a class have, and the class has not."""
    if not inspect.isclass(owner):
        return None
    return name if name in getattr(owner, "__dataclass_fields__", {}) or f"self.{name}:" in inspect.getsource(owner) else None


def test_prose_names_what_exists() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    prose = re.sub(r"^(\|.*|<!--.*)$", "", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), flags=re.MULTILINE)
    names = {name.full for name in names_in(prose)}
    missing = [name for name in names if not name.startswith(SHIM) and look_up(name) is None]
    assert not missing
    assert len(names) > 10


def test_tables_name_what_to_use_now() -> None:
    checked = 0
    for _, new in rows():
        for name in names_in(new):
            if not name.full.startswith(SHIM):
                found = look_up(name.full)
                assert found is not None, f"the guide says {name.full}, which does not exist"
                unknown = name.keywords - (keywords_of(found) if name.keywords else set())
                assert not unknown, f"the guide calls {name.full} with {unknown}, which it does not have"
                checked += 1
    assert checked > 80


def test_tables_call_old_what_does_not_exist_any_more() -> None:
    """What comes at last, for example other scenarios at several sites, has to be told in the guide."""
    checked = 0
    for old, _ in rows():
        for name in names_in(old):
            of_object = name.written.startswith(("wg.", "wc.")) and name.arguments is not None  # often only its results differ
            if name.full.startswith(SHIM) or name.full in KEPT or of_object:
                continue
            found = look_up(name.full)
            if name.start:
                there = [known for known in dir(found) if known.startswith(name.start)]
                assert not there, f"{name.full} has {there} now: tell it in the guide"
            elif found is not None and name.arguments is not None:
                known = name.keywords & keywords_of(found)
                assert not known, f"{name.full} takes {known} now: tell it in the guide"
            else:
                assert found is None, f"{name.full} exists now: tell it in the guide"
            checked += 1
    assert checked > 50


def test_every_old_public_name_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    missing = [name for name in OLD_NAMES.split() if not re.search(rf"(?<!\w){re.escape(name)}", text)]
    assert not missing


def test_what_errors_say_is_the_guide() -> None:
    done = run(ROOT / "tools" / "old_names.py", "--check", cwd=ROOT)
    assert done.returncode == 0, "run tools/old_names.py"


OLD_CODE = {
    "from varwg import set_conf": "varwg.VarWG(latitude=47.7)",
    "import varwg; varwg.conf": "varwg.VarWG(latitude=47.7)",
    "import varwg; varwg.core": "no modules for users",
    "from weathercop import cop_conf": "out_dir=",
    "from weathercop.multisite import set_conf": "nothing to configure",
    "from weathercop.multisite import sim_one": "weathercop.simulate(model, sim_times)",
    "wg.sim_sea": "result.data",
    "wc.sim_sea": "what simulate and simulate_ensemble return",
    "wg.to_glm('x')": "varwg.io.write_glm",
    "wg.plot_qq()": "weathercop.plotting.qq",
    "wc.plot_ensemble_corr()": "weathercop.plotting.variable_correlations",
    "wg.plot_sim_single()": "result.plot(observations) has the pictures",
    "type(wg)(('theta',), met_file='x')": "the path as second argument",
    "type(wg)(('theta',), 'x', refit=True)": "there is no cache, and files",
    "wg.simulate(r_fact=1.1)": "VarWG.simulate(rain_factor=1.1)",
    "wg.simulate(sim_func=None)": "varwg.Request lists what can be asked",
    "wg.fit(doy_width=15)": "the fit chooses windows",
    "wc.simulate(heat_wave_kwds={})": "HotterHeatWaves",
    "wc.simulate_ensemble(2, clear_cache=True)": "delete the directory",
    "wc.fit(scop_kwds={})": "one method each",
    "type(wc)('x', cop_conf=None)": "nothing to configure",
    "from weathercop import set_conf": "nothing to configure",
    "wg.doy_width": "the fit chooses windows",
    "wg.fft_order": "the fit chooses windows",
    "wg.refit": "there is no cache, and files",
    "result.to_glm('x')": "varwg.io.write_glm",
    "result.plot_meteogram_daily()": "weathercop.plotting.meteogram",
    "result.data_trans": "wg.to_df",
    "from varwg.plotting import plot_daily_cycles": "weathercop.plotting.day_courses",
    "import weathercop.plotting; weathercop.plotting.plot_ensemble_qq": "weathercop.plotting.qq",
    "varwg.plotting.plot_something": "result.plot(observations) has the pictures",
    "varwg.meteo.brunner": "varwg.meteo.compound_index",
}


@pytest.mark.parametrize("code", OLD_CODE)
def test_old_names_are_answered_with_the_words_of_the_guide(code: str, generators: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, ImportError, TypeError), match=re.escape(OLD_CODE[code])):
        exec(code, generators)


def test_what_never_was_is_an_ordinary_error(generators: dict[str, Any]) -> None:
    for owner in ("wg", "varwg", "result", "varwg.plotting", "weathercop.plotting"):
        for name in ("fly", "_ipython_display_", "__array__"):
            with pytest.raises(AttributeError, match=name) as raised:
                exec(f"{owner}.{name}", generators)
            assert "migration_guide" not in str(raised.value)
    for code in ("wg.simulate(fly=1)", "wc.fit(fly=1)"):
        with pytest.raises(TypeError, match="fly") as refused:
            exec(code, generators)
        assert "migration_guide" not in str(refused.value)
    assert not hasattr(generators["wg"], "sim_sea") and not hasattr(varwg, "conf")


@pytest.fixture(scope="module")
def generators() -> dict[str, Any]:
    data = weathercop.example_dataset()[["theta"]].isel(station=[0], time=slice(0, 731))
    wg = varwg.VarWG(data)
    result = wg.fit(rng=np.random.default_rng(1)).simulate(10, rng=np.random.default_rng(2))
    return {"varwg": varwg, "weathercop": weathercop, "wg": wg, "wc": weathercop.Multisite(data), "result": result}
