"""The command: exit codes, what is written, and what is refused."""

import io
import json
import os
import runpy
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import varwg_codemod
from varwg_codemod import files
from varwg_codemod.cli import main
from varwg_codemod.flow.build import Flow
from varwg_codemod.index import Index
from varwg_codemod.library import VARWG
from varwg_codemod.source import Source

OLD = "import varwg\n\nvarwg.reseed(0)\nprint(varwg.rng.normal())\n"
NEW = "import numpy as np\n\nrng = np.random.default_rng(0)\nprint(rng.normal())\n"
CLEAN = "import numpy as np\n\nprint(np.pi)\n"
LEFT = 'import varwg\n\nprint(getattr(varwg, "rng"))\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program to rewrite, a clean one, and one with a site for a human."""
    (tmp_path / "old.py").write_text(OLD)
    (tmp_path / "clean.py").write_text(CLEAN)
    return tmp_path


def test_default_shows_a_diff_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pending changes are exit code 1."""
    assert main([str(folder)]) == 1
    shown = capsys.readouterr()
    assert "\n+rng = np.random.default_rng(0)\n+print(rng.normal())\n" in shown.out
    assert "2 files: 1 would be rewritten, 0 sites left" in shown.err
    assert (folder / "old.py").read_text() == OLD


def test_write_applies_and_a_second_run_has_nothing_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 both times; no temporary files stay behind."""
    assert main(["--write", str(folder)]) == 0
    assert (folder / "old.py").read_text() == NEW
    assert (folder / "clean.py").read_text() == CLEAN
    assert main(["--write", str(folder)]) == 0
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out == ""
    assert sorted(p.name for p in folder.iterdir()) == ["clean.py", "old.py"]


def test_check_is_quiet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the exit code speaks."""
    assert main(["--check", str(folder)]) == 1
    assert main(["--check", str(folder / "clean.py")]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_sites_left_are_reported_with_their_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`file:line:col CODE reason → what to do`, and exit code 1 even after writing."""
    path = folder / "left.py"
    path.write_text(LEFT)
    assert main(["--write", str(path)]) == 1
    assert f"{path.as_posix()}:3:7 VWG101 " in capsys.readouterr().err
    assert path.read_text() == LEFT


def test_json_report(folder: Path) -> None:
    """The report for programs has everything."""
    (folder / "left.py").write_text(LEFT)
    report = folder / "report.json"
    assert main([str(folder), "--json", str(report)]) == 1
    content = json.loads(report.read_text())
    assert content["summary"]["left_by_code"] == {"VWG101": 1}
    assert content["changed"] == [(folder / "old.py").as_posix()]
    kinds = {(f["kind"], f["code"]) for f in content["findings"]}
    assert ("rewritten", "VWG001") in kinds and ("left", "VWG101") in kinds


def test_nothing_is_written_where_a_file_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, a message for each file, and no half of a program."""
    (folder / "broken.py").write_text("import varwg\ndef (:\n")
    (folder / "latin.py").write_bytes(b"import varwg\nx = '\xe4'\nvarwg.reseed(0)\n")
    (folder / "null.py").write_bytes(b"import varwg\0")
    assert main(["--write", str(folder)]) == 2
    messages = capsys.readouterr().err
    assert "broken.py: not valid Python: line 2" in messages
    assert "latin.py: is not UTF-8" in messages
    assert "null.py: " in messages
    assert "nothing was written" in messages
    assert (folder / "old.py").read_text() == OLD
    assert (folder / "latin.py").read_bytes().startswith(b"import varwg\nx = '\xe4'")


@pytest.mark.parametrize(
    ("mark", "encoding", "newline"),
    [(b"", "utf-8", "\n"), (b"\xef\xbb\xbf", "utf-8", "\n"), (b"", "latin-1", "\n"), (b"\xef\xbb\xbf", "utf-8", "\r\n")],
)
def test_bytes_around_the_sites_are_kept(tmp_path: Path, mark: bytes, encoding: str, newline: str) -> None:
    """Byte-order mark, declared encoding, line ends, a missing final newline, trailing spaces."""
    cookie = "" if encoding == "utf-8" else f"# -*- coding: {encoding} -*-\n"
    text = cookie + "import varwg  \n\nvarwg.reseed( 0 )\t\nx = 'ä' ; y = varwg.rng.normal( )"
    new = cookie + "import numpy as np\n\nrng = np.random.default_rng( 0 )\t\nx = 'ä' ; y = rng.normal( )"
    path = tmp_path / "p.py"
    path.write_bytes(mark + text.replace("\n", newline).encode(encoding))
    path.chmod(0o751)
    assert main(["--write", str(path)]) == 0
    assert path.read_bytes() == mark + new.replace("\n", newline).encode(encoding)
    assert stat.S_IMODE(path.stat().st_mode) == 0o751


def test_links_and_read_only_files_are_left_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They fail with a message that says what to do; permissions would not stop an administrator who runs the tests."""
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "locked.py" and allowed(path, mode))
    link = folder / "link.py"
    link.symlink_to(folder / "old.py")
    locked = folder / "locked.py"
    locked.write_text(OLD)
    assert main(["--write", str(link), str(locked)]) == 2
    messages = capsys.readouterr().err
    assert "link.py: is a symbolic link" in messages
    assert "locked.py: is read-only" in messages
    assert link.is_symlink()
    assert locked.read_text() == (folder / "old.py").read_text() == OLD


def test_large_files_are_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The limit is there to keep the memory bounded."""
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    assert main(["--write", str(folder / "old.py")]) == 2
    assert "is larger than 10 bytes" in capsys.readouterr().err
    assert (folder / "old.py").read_text() == OLD


def test_a_file_that_changes_meanwhile_is_left_alone(folder: Path) -> None:
    """What somebody saved while the codemod was running is not overwritten."""
    path = folder / "old.py"
    source = files.read_file(path, for_writing=True)
    path.write_text(OLD + "# more\n")
    with pytest.raises(files.FileError, match="has changed since it was read"):
        files.write_file(source, NEW)
    assert path.read_text() == OLD + "# more\n"


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`-` reads standard input; with --write the new text goes to standard output."""
    for text, expected in [(OLD, NEW), (CLEAN, CLEAN)]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(["--write", "-"]) == 0
        assert capsys.readouterr().out == expected


def test_patterns_and_exclusions(folder: Path) -> None:
    """Directories are searched, patterns expanded, and parts can be left out."""
    (folder / "sub").mkdir()
    (folder / "sub" / "more.py").write_text(OLD)
    assert main(["--check", str(folder / "*" / "*.py")]) == 1
    assert main(["--check", str(folder), "--exclude", "sub", "--exclude", "old.py"]) == 0
    assert main(["--check", str(folder / "sub"), "--exclude", "*/more.py"]) == 0


@pytest.mark.parametrize("arguments", [["nowhere.py"], ["--ignore", "VWG999", "."], ["--select", "nonsense", "."]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and a message."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("varwg-codemod: ")


@pytest.mark.parametrize("arguments", [[], ["--write", "--check", "."], ["--jobs", "2", "."]])
def test_wrong_arguments(arguments: list[str]) -> None:
    """argparse leaves with exit code 2."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2


def test_rules_can_be_listed_and_ignored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that is ignored leaves its sites, and what depends on them, to a human."""
    assert main(["--list-rules"]) == 0
    assert "VWG001  reseed" in capsys.readouterr().out
    assert main([str(folder / "old.py"), "--ignore", "reseed"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ":3:1 VWG001 " in shown.err and ":4:7 VWG001 " in shown.err


def test_safe_only_skips_unsafe_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An unseeded test is rewritten by default, but not with --safe-only."""
    path = tmp_path / "test_it.py"
    path.write_text("import varwg\n\n\ndef test_it():\n    assert varwg.rng.normal() < 9\n")
    assert main([str(path)]) == 1
    assert "+    rng = np.random.default_rng()\n" in capsys.readouterr().out
    assert main([str(path), "--safe-only"]) == 1
    shown = capsys.readouterr()
    assert shown.out == "" and ":5:12 VWG014 " in shown.err


def test_fixme_comments(tmp_path: Path) -> None:
    """On request, sites left are marked, once, where a comment can stand."""
    path = tmp_path / "left.py"
    path.write_text('import varwg\n\nx = (getattr(varwg, "rng"),  # why\n     """a\n""", getattr(varwg, "reseed"))\n')
    assert main(["--write", "--fixme", str(path)]) == 1
    marked = path.read_text()
    assert marked == (
        'import varwg\n\nx = (getattr(varwg, "rng"),  # why  # FIXME(varwg-codemod VWG101)\n'
        '     """a\n""", getattr(varwg, "reseed"))  # FIXME(varwg-codemod VWG101)\n'
    )
    assert main(["--write", "--fixme", str(path)]) == 1
    assert path.read_text() == marked


def test_as_a_module(folder: Path) -> None:
    """`python -m varwg_codemod` is the same command."""
    tools = Path(files.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "varwg_codemod", "--check", str(folder)],
        env={**os.environ, "PYTHONPATH": str(tools)},
        check=False,
    )
    assert done.returncode == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfimport varwg\nvarwg.reseed(1)\nprint(varwg.rng.random())",
        b"import varwg\rvarwg.reseed(1)\rprint(varwg.rng.random())\r",
        b"import varwg\nvarwg.reseed(1)\r\nprint(varwg.rng.random())\n",
        "# -*- coding: latin-1 -*-\nimport varwg\nname = 'Z\u00fcrich'\nvarwg.reseed(1)\n".encode("latin-1"),
        "import varwg\nname = 'a\u2028b\\x0c'\n\x0c\nvarwg.reseed(1)\nprint(varwg.rng.random())\n".encode(),
    ],
)
def test_the_diff_applies_to_the_bytes_of_the_file(folder: Path, raw: bytes) -> None:
    """Applied line by line, as `patch` does, it gives what --write writes, byte for byte."""
    path = folder / "a.py"
    path.write_bytes(raw)
    command = [sys.executable, "-m", "varwg_codemod", path.name]
    environment = {**os.environ, "PYTHONPATH": str(Path(varwg_codemod.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    diff = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).stdout
    assert main(["--write", str(path)]) == 0
    new, rest = b"", raw.split(b"\n")
    for line in diff.split(b"\n")[2:]:
        if line.startswith(b"@@"):
            start = int(line.split(b",")[0].split(b"-")[1].split(b" ")[0]) - 1
            new = b"".join(part + b"\n" for part in rest[:start])
            rest = rest[start:]
        elif line[:1] in {b" ", b"-"}:
            assert rest.pop(0) == line[1:]
        if line[:1] in {b" ", b"+"}:
            new += line[1:] + b"\n"
        if line.startswith(b"\\"):
            new = new.removesuffix(b"\n")
    new += b"\n".join(rest) if rest != [b""] else b""
    assert new == path.read_bytes()


def test_deeply_nested_expressions(folder: Path) -> None:
    """Hundreds of summands, as in generated code, are no problem for the command."""
    path = folder / "a.py"
    path.write_text(f"import varwg\n\nvarwg.reseed(1)\nprint({'+'.join(['varwg.rng.random()'] * 300)})\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(varwg_codemod.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-m", "varwg_codemod", "--write", "a.py"], cwd=folder, env=environment, check=False)
    assert done.returncode == 0
    assert "varwg" not in path.read_text(encoding="utf-8")


def test_what_pyproject_says_holds(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest one; the command line adds to it, and a setting that is unknown is an error."""
    monkeypatch.chdir(folder)
    (folder / "pyproject.toml").write_text("[tool.varwg-codemod]\nexclude = ['old.py']\n")
    assert main(["--check", "."]) == 0
    (folder / "pyproject.toml").write_text("[tool.varwg-codemod]\nexclud = ['old.py']\n")
    assert main(["--check", "."]) == 2
    assert "found exclud" in capsys.readouterr().err


def test_a_line_can_be_kept_out_of_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By all codes or by one; what it says is not counted as left."""
    path = tmp_path / "one.py"
    path.write_text('import varwg\n\nprint(getattr(varwg, "rng"))  # varwg-codemod: ignore[VWG101]\n')
    assert main(["--check", str(path)]) == 0
    path.write_text('import varwg\n\nprint(getattr(varwg, "rng"))  # varwg-codemod: ignore[VWG102]\n')
    assert main([str(path)]) == 1
    assert "VWG101" in capsys.readouterr().err


def test_the_report_as_json_on_standard_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a dash, and nothing else there."""
    assert main(["--json", "-", str(folder / "old.py")]) == 1
    assert json.loads(capsys.readouterr().out)["changed"] == [(folder / "old.py").as_posix()]


def test_what_is_analysed_grows_with_the_number_of_files_only() -> None:
    """Four times the files are at most 4.4 times the values, calls and edges: a count, so that it is the same on any machine."""
    path = Path(__file__).parents[3] / "tools/benchmarks/codemod_speed.py"
    program = runpy.run_path(str(path))["program"]
    few, many = (_size(program(files)) for files in (30, 120))
    assert many < 4.4 * few


def _size(texts: dict[str, str]) -> int:
    """How much there is in the graph of values of a program."""
    flow = Flow(Index({path: Source(path, text) for path, text in texts.items()}), VARWG)
    flow.run()
    return sum(map(len, flow.graph.values)) + len(flow.sites) + sum(len(s.targets) for s in flow.sites)


def test_legacy_numpy_is_chosen_by_select(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.py"
    path.write_text("import numpy as np\nnp.random.seed(1)\nprint(np.random.rand(2))\n")
    assert main(["--check", str(path)]) == 0
    assert main(["--check", "--select", "legacy-numpy", str(path)]) == 1
    assert main(["--write", "--select", "legacy-numpy", str(path)]) == 0
    assert path.read_text() == "import numpy as np\nrng = np.random.RandomState(1)\nprint(rng.rand(2))\n"
    capsys.readouterr()


def test_legacy_numpy_obeys_rules_and_names_no_function_of_varwg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.py"
    path.write_text(
        "from concurrent.futures import ThreadPoolExecutor\nimport numpy as np\ndef work(i):\n    return np.random.rand()\n"
        "np.random.seed(1)\nwith ThreadPoolExecutor() as pool:\n    print(list(pool.map(work, [1])))\n"
    )
    assert main(["--select", "legacy-numpy", str(path)]) == 1
    assert "np.random.RandomState([seed, i])" in capsys.readouterr().err
    path.write_text("import numpy as np\ndef draw():\n    return np.random.rand()\nnp.random.seed(1)\nprint(draw())\n")
    assert main(["--write", "--select", "legacy-numpy", "--ignore", "VWG005", str(path)]) == 1
    assert "seed(1)" in path.read_text()
    capsys.readouterr()
