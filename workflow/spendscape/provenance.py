"""What a rule's result depends on beside its files: the code that it runs, in one digest.

Snakemake tracks a script's time of change and none of its imports. These functions follow the
imports and look at the syntax, so that a comment, a docstring or a new line changes nothing and a
changed statement changes every rule that reaches it (DESIGN, reruns).
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping

# Distributions whose import name is not their own.
DISTRIBUTIONS = {
    "sklearn": ["scikit-learn"],
    "tensorflow": ["tensorflow", "tensorflow-cpu"],
    "mpl_toolkits": ["matplotlib"],
    "yaml": ["pyyaml"],
}


def digest(script: str, modules: Mapping[str, str], lock: str) -> str:
    """A digest of a script, the modules it reaches and the locked versions that those import.

    Parameters
    ----------
    script : source text of the script
    modules : source text of every module that scripts may import, by dotted name
    lock : text of the lock file, lines such as ``numpy==2.4.6 \\``

    Returns
    -------
    str
        32 hexadecimal digits, the same for sources that differ in comments, docstrings or layout.
    """
    trees = {"": ast.parse(script)}
    waiting, third_parties = [""], set[str]()
    while waiting:
        for name in _imports(trees[waiting.pop()]):
            if name in modules and name not in trees:
                trees[name] = ast.parse(modules[name])
                waiting.append(name)
            elif name not in modules:
                third_parties.add(name.split(".")[0])
    wanted = {d for name in third_parties for d in DISTRIBUTIONS.get(name, [name])}
    pins = [line for line in lock.splitlines() if re.split("==", line)[0] in wanted]
    parts = [f"{name}\n{_syntax(trees[name])}" for name in sorted(trees)] + sorted(pins)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _imports(tree: ast.AST) -> Iterator[str]:
    """The dotted names a module imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _syntax(tree: ast.Module) -> str:
    """The syntax tree as text, without docstrings and positions."""
    tree = ast.parse(ast.unparse(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree)
