"""The digest of a script's code: what changes it and what does not."""

import pytest

from spendscape.provenance import digest

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
    "library.far": "import scipy.special\n\n\ndef double(x):\n    return 2 * x\n",
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
BEFORE = digest(SCRIPT, MODULES, LOCK)


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
def test_what_computes_the_same_has_the_same_digest(old, new):
    assert old in SCRIPT
    assert digest(SCRIPT.replace(old, new), MODULES, LOCK) == BEFORE


@pytest.mark.parametrize(
    "modules",
    [
        changed("library.near", '"""Near."""\n', ""),
        changed("library.near", "def area(r):\n", 'def area(r):\n    """The area."""\n'),
        changed("library.far", "return", "# twice\n    return"),
        changed("library.other", "1", "2"),
        MODULES | {"library.new": "import numpy\n"},
    ],
    ids=["docstring", "function docstring", "comment", "unrelated module", "new module"],
)
def test_a_module_without_an_effect_leaves_the_digest(modules):
    assert digest(SCRIPT, modules, LOCK) == BEFORE


@pytest.mark.parametrize(
    "modules",
    [
        changed("library.near", "double(r)", "double(r) + 1"),
        changed("library.far", "2 * x", "3 * x"),
        changed("job", "json", "csv"),
    ],
    ids=["imported", "imported by an imported one", "beside the script"],
)
def test_a_changed_module_changes_the_digest(modules):
    assert digest(SCRIPT, modules, LOCK) != BEFORE


def test_a_changed_statement_changes_the_digest():
    assert digest(SCRIPT.replace("np.pi", "np.e"), MODULES, LOCK) != BEFORE


@pytest.mark.parametrize("pin", ["numpy==2.4.6", "scipy==1.17.1"])
def test_a_changed_pin_of_an_imported_package_changes_the_digest(pin):
    assert pin in LOCK
    assert digest(SCRIPT, MODULES, LOCK.replace(pin, f"{pin}.1")) != BEFORE


def test_other_pins_and_hashes_leave_the_digest():
    assert digest(SCRIPT, MODULES, LOCK.replace("pandas==3.1.1", "pandas==3.2.0")) == BEFORE
    assert digest(SCRIPT, MODULES, LOCK.replace("sha256:aa", "sha256:dd")) == BEFORE


def test_an_import_inside_a_function_counts():
    lazy = "def f():\n    from library.other import VALUE\n    return VALUE\n"
    assert digest(lazy, MODULES, LOCK) != digest(lazy, changed("library.other", "1", "2"), LOCK)


def test_a_package_is_found_under_its_own_name_in_the_lock():
    lock = "scikit-learn==1.9.1 \\\npyyaml==6.0.3 \\\n"
    before = digest("import sklearn.linear_model\n", {}, lock)
    assert digest("import sklearn.linear_model\n", {}, lock.replace("1.9.1", "1.9.2")) != before
    assert digest("import sklearn.linear_model\n", {}, lock.replace("6.0.3", "6.0.4")) == before


def test_modules_that_import_each_other_end():
    circle = {"a": "import b\n", "b": "import a\n"}
    assert digest("import a\n", circle, "") != digest("import a\n", circle | {"b": "x = 1\n"}, "")
