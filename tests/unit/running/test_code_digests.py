"""The digests of a script's code: what changes them and what does not."""

from pathlib import Path

import pytest

from spendscape.running.code_digests import digests, modules

SCRIPT = '''\
"""A script."""

import numpy as np
from job import job
from library.near import area

print(area(np.pi))
'''
MODULES = {
    "job": "import json\n",
    "library.near": '"""Near."""\nfrom library.far import double\n\n\ndef area(r):\n    return double(r)\n',
    "library.far": "import scipy.special\n\n\ndef double(x):\n    return scipy.special.xlogy(2, x)\n\n\ndef other(x):\n    return x\n",
    "library.other": "VALUE = 1\n",
}
LOCK = """\
numpy==2.4.6 \\
    --hash=sha256:aa
pandas==3.1.1 \\
    --hash=sha256:bb
scipy==1.17.1 \\
    --hash=sha256:cc
"""
BEFORE = digests(SCRIPT, MODULES, LOCK)


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """The modules with one of them edited; the edit must find its place."""
    assert old in MODULES[name]
    return MODULES | {name: MODULES[name].replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("print(", "# why\nprint("),
        ("print(area(np.pi))", "print(\n    area(\n        np.pi\n    )\n)"),
        ('"""A script."""', '"""The same script, told better."""'),
        ('"""A script."""\n', ""),
        ("import numpy as np\n", "import numpy as np\n\n\n"),
    ],
    ids=["comment", "layout", "docstring", "no docstring", "blank lines"],
)
def test_what_computes_the_same_has_the_same_digests(old: str, new: str) -> None:
    assert old in SCRIPT
    assert digests(SCRIPT.replace(old, new), MODULES, LOCK) == BEFORE


@pytest.mark.parametrize(
    "edited",
    [
        changed("library.near", '"""Near."""\n', ""),
        changed("library.near", "def area(r):\n", 'def area(r):\n    """The area."""\n'),
        changed("library.far", "return", "# twice\n    return"),
        changed("library.other", "1", "2"),
        changed("library.far", "return x", "return x + 1"),
        MODULES | {"library.new": "import numpy\n"},
    ],
    ids=[
        "docstring",
        "function docstring",
        "comment",
        "unrelated module",
        "unused function",
        "new module",
    ],
)
def test_a_module_without_an_effect_leaves_the_digests(edited: dict[str, str]) -> None:
    assert digests(SCRIPT, edited, LOCK) == BEFORE


@pytest.mark.parametrize(
    "edited",
    [
        changed("library.near", "double(r)", "double(r) + 1"),
        changed("library.far", "(2, x)", "(3, x)"),
        changed("job", "json", "csv"),
    ],
    ids=["imported", "imported by an imported one", "beside the script"],
)
def test_a_changed_module_changes_the_digests(edited: dict[str, str]) -> None:
    assert digests(SCRIPT, edited, LOCK) != BEFORE


def test_a_changed_statement_changes_the_digests() -> None:
    assert digests(SCRIPT.replace("np.pi", "np.e"), MODULES, LOCK) != BEFORE


@pytest.mark.parametrize("pin", ["numpy==2.4.6", "scipy==1.17.1"])
def test_a_changed_pin_of_an_imported_package_changes_the_digests(pin: str) -> None:
    assert pin in LOCK
    assert digests(SCRIPT, MODULES, LOCK.replace(pin, f"{pin}.1")) != BEFORE


def test_other_pins_and_hashes_leave_the_digests() -> None:
    assert digests(SCRIPT, MODULES, LOCK.replace("pandas==3.1.1", "pandas==3.2.0")) == BEFORE
    assert digests(SCRIPT, MODULES, LOCK.replace("sha256:aa", "sha256:dd")) == BEFORE


def test_the_parts_say_what_changed() -> None:
    assert set(BEFORE) == {"script", "job", "library.near", "library.far", "numpy", "scipy"}
    assert BEFORE["numpy"] == "2.4.6"
    after = digests(SCRIPT, changed("library.far", "(2, x)", "(3, x)"), LOCK)
    assert {name for name in BEFORE if after[name] != BEFORE[name]} == {"library.far"}


FAR = """\
import re
try:
    import fast
except ImportError:
    fast = None

LIMIT = 3
OTHER = 4
a, b = 1, 2


def first(x=LIMIT):
    return fast.run(x) if fast else Base().go(x)


class Base:
    def go(self, x):
        return helper(x) + a


def helper(x):
    import numpy as np

    return np.abs(x)


def unused(x):
    return re.sub("", "", OTHER)
"""


@pytest.mark.parametrize(
    "script",
    [
        "from far import first\nfirst()\n",
        "from far import first as f\nf()\n",
        "import far\nfar.first()\n",
        "import far as near\nnear.first()\n",
        "def go():\n    import far\n    return far.first()\n",
        "from between import first\nfirst()\n",
    ],
)
def test_only_the_names_that_are_used_count(script: str) -> None:
    library = {"far": FAR, "between": "from far import first\n"}
    before = digests(script, library, "numpy==1\nregex==2\nfast==3\n")
    assert before["numpy"] == "1" and before["fast"] == "3"

    def changes(old: str, new: str) -> bool:
        assert old in FAR
        text = FAR.replace(old, new)
        return digests(script, library | {"far": text}, "numpy==1\nfast==3\n") != before

    for old, new in [
        ("LIMIT = 3", "LIMIT = 5"),
        ("+ a", "+ b"),
        ("a, b = 1, 2", "a, b = 3, 2"),
        ("np.abs", "np.sign"),
        ("fast = None", "fast = 0"),
    ]:
        assert changes(old, new), old
    for old, new in [("OTHER = 4", "OTHER = 5"), ("re.sub", "re.match"), ("unused", "spare")]:
        assert not changes(old, new), old


@pytest.mark.parametrize(
    "script", ["import far\nprint(vars(far))\n", "from far import *\nprint(unused)\n"]
)
def test_a_module_used_as_a_whole_counts_whole(script: str) -> None:
    after = FAR.replace("OTHER = 4", "OTHER = 5")
    assert digests(script, {"far": FAR}, "") != digests(script, {"far": after}, "")


def test_what_a_module_does_on_import_counts() -> None:
    library = {
        "far": "X['a'] = 1\n\n\ndef first():\n    pass\n",
        "pack": "",
        "pack.near": "import far\n\n\ndef f():\n    return far.first\n",
    }
    script = "from pack.near import f\n"
    before = digests(script, library, "")
    for name, text in {"far": library["far"].replace("1", "2"), "pack": "print()\n"}.items():
        assert digests(script, library | {name: text}, "") != before


def test_an_import_inside_a_function_counts() -> None:
    lazy = "def f():\n    from library.other import VALUE\n    return VALUE\n"
    assert digests(lazy, MODULES, LOCK) != digests(lazy, changed("library.other", "1", "2"), LOCK)


def test_a_package_is_found_under_its_own_name_in_the_lock() -> None:
    lock = "scikit-learn==1.9.1 \\\npyyaml==6.0.3 \\\n"
    before = digests("import sklearn.linear_model\n", {}, lock)
    assert digests("import sklearn.linear_model\n", {}, lock.replace("1.9.1", "1.9.2")) != before
    assert digests("import sklearn.linear_model\n", {}, lock.replace("6.0.3", "6.0.4")) == before


def test_modules_that_import_each_other_end() -> None:
    circle = {"a": "import b\n", "b": "import a\n"}
    assert digests("import a\n", circle, "") != digests("import a\n", circle | {"b": "x = 1\n"}, "")


@pytest.mark.parametrize(
    "line", ["from .maths import helper", "from . import x", "from .. import y"]
)
def test_a_relative_import_is_refused(line: str) -> None:
    for text in (f"{line}\n", f"def f():\n    {line}\n    return 1\n"):
        with pytest.raises(ValueError, match="expected an absolute import"):
            digests("from library.bad import f\nf()\n", {"library.bad": text}, "")


def test_modules_are_found_in_any_depth_and_packages_under_their_own_names(tmp_path: Path) -> None:
    for name in ("__init__", "top", "room/__init__", "room/inner/__init__", "room/inner/deep"):
        path = tmp_path / f"library/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'"""{name}"""\n')
    (tmp_path / "library/room/page.html").write_text("not Python")
    assert modules(tmp_path / "library") == {
        "library": '"""__init__"""\n',
        "library.room": '"""room/__init__"""\n',
        "library.room.inner": '"""room/inner/__init__"""\n',
        "library.room.inner.deep": '"""room/inner/deep"""\n',
        "library.top": '"""top"""\n',
    }
