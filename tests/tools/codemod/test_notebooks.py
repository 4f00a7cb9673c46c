"""Notebooks: cells are rewritten together, everything else keeps its bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from varwg_codemod.cli import main
from varwg_codemod.notebooks import NotebookError, read_notebook

CELLS = [
    ("markdown", ["# varwg.rng in prose\n"]),
    ("code", ["%matplotlib inline\n", "import varwg\n", "!ls"]),
    ("code", ["def draw(n):\n", '    return varwg.rng.normal(size=n), "ä"']),
    ("code", ["%%bash\n", "echo varwg.reseed(0)"]),
    ("code", "varwg.reseed(0)\ndraw(3)"),
    ("code", ["%%time\n", "x = draw(2)  \n", "draw?"]),
    ("code", []),
]


def _notebook(indent: int | None, ascii_only: bool) -> str:
    cells = [
        {"cell_type": kind, "metadata": {"varwg.rng": [1, 2.50]}, "outputs": [{"text": "varwg.rng \u00e4"}], "source": source}
        for kind, source in CELLS
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=indent, ensure_ascii=ascii_only) + "\n"


@pytest.mark.parametrize("indent", [1, 4, None])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_only_the_changed_lines_change(tmp_path: Path, indent: int | None, ascii_only: bool) -> None:
    """Replacing the old lines in the JSON by hand gives the very same bytes."""
    raw = _notebook(indent, ascii_only)
    path = tmp_path / "a.ipynb"
    path.write_text(raw, encoding="utf-8")
    assert main(["--write", str(path)]) == 0
    expected = (
        raw.replace('"import varwg\\n"', '"import numpy as np\\n"')
        .replace('"def draw(n):\\n"', '"def draw(n, *, rng):\\n"')
        .replace("    return varwg.rng.normal", "    return rng.normal")
        .replace('"varwg.reseed(0)\\ndraw(3)"', '"rng = np.random.default_rng(0)\\ndraw(3, rng=rng)"')
        .replace('"x = draw(2)  \\n"', '"x = draw(2, rng=rng)  \\n"')
    )
    assert path.read_text(encoding="utf-8") == expected
    assert main(["--write", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == expected


def test_the_python_that_magics_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rewritten where the rest of the line is Python, told where it is not."""
    old = [
        "import varwg\n",
        "varwg.reseed(1)\n",
        "%timeit -n 10 -q varwg.rng.random()  \n",
        "t = %timeit -o varwg.rng.random()\n",
        "!echo varwg.rng.random()",
    ]
    new = ["import numpy as np\n", "rng = np.random.default_rng(1)\n", "%timeit -n 10 -q rng.random()  \n"]
    new += ["t = %timeit -o rng.random()\n", old[4]]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": old}]}))
    assert main(["--write", str(path)]) == 1
    assert json.loads(path.read_text())["cells"][0]["source"] == new
    assert "a.ipynb:cell 1:5:7 VWG102 `varwg.rng` in a magic" in capsys.readouterr().err


def test_cells_that_are_not_python_do_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are left alone, and what they still use is told; another language's notebook is none of our business."""
    sources = ["import varwg\nvarwg.reseed(1)\nvarwg.rng.random()", "varwg.rng.normal(", "%%writefile a.py\nvarwg.reseed(2)"]
    content: dict[str, Any] = {"cells": [{"cell_type": "code", "source": source} for source in sources], "metadata": {}}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(content))
    assert main(["--write", str(path)]) == 1
    told = capsys.readouterr().err
    assert "cell 2:1:1 VWG102 " in told
    assert "cell 3:2:1 VWG102 " in told
    new = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
    assert new == ["import numpy as np\nrng = np.random.default_rng(1)\nrng.random()", *sources[1:]]
    content["metadata"] = {"kernelspec": {"language": "R"}}
    path.write_text(json.dumps(content))
    assert main(["--write", str(path)]) == 0
    assert json.loads(path.read_text()) == content


def test_nothing_is_written_beside_a_broken_notebook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It fails with a message; the file beside it may be half of the program."""
    (tmp_path / "a.ipynb").write_text("{")
    (tmp_path / "b.py").write_text("import varwg\nvarwg.reseed(1)\nvarwg.rng.random()\n")
    assert main(["--write", str(tmp_path)]) == 2
    assert "a.ipynb: is not a notebook" in capsys.readouterr().err
    assert "varwg.reseed(1)" in (tmp_path / "b.py").read_text()


def test_sites_left_are_told_by_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cells count from one, markdown included."""
    path = tmp_path / "a.ipynb"
    cells = [
        {"cell_type": "code", "source": ["import varwg\n"]},
        {"cell_type": "code", "source": ["1\n", "varwg.rng.normal(varwg.reseed)"]},
    ]
    path.write_text(json.dumps({"cells": cells}))
    assert main([str(path)]) == 1
    assert "a.ipynb:cell 2:2:18 VWG108 " in capsys.readouterr().err


def test_no_site_no_change(tmp_path: Path) -> None:
    """A notebook that has nothing to do with us is left byte for byte."""
    path = tmp_path / "a.ipynb"
    raw = '{"cells":[ {"source" : "x=1\\n%time x" , "cell_type":"code"}],\n\n "nbformat":4}'
    path.write_text(raw)
    assert main(["--write", str(path)]) == 0
    assert path.read_text() == raw


@pytest.mark.parametrize("raw", ["", "[1]", '{"worksheets": []}', '{"cells": 1}'])
def test_what_is_no_notebook_is_refused(raw: str) -> None:
    """With a sentence that says so."""
    with pytest.raises(NotebookError, match="is not a notebook"):
        read_notebook(raw)
