"""What a rule's result depends on beside its files: the code that it runs, in digests.

Snakemake tracks a script's time of change and none of its imports. These functions follow, name by
name, what a script uses, and look at the syntax, so that a comment, a docstring or a new line
changes nothing and a changed statement changes the rules that reach it.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Distributions whose import name is not their own.
DISTRIBUTIONS = {
    "sklearn": ["scikit-learn"],
    "tensorflow": ["tensorflow", "tensorflow-cpu"],
    "mpl_toolkits": ["matplotlib"],
    "PIL": ["pillow"],
    # Keras computes by TensorFlow, whoever imports it.
    "keras": ["keras", "tensorflow", "tensorflow-cpu"],
    "yaml": ["pyyaml"],
}
SCRIPT = "script"
# A name that stands for all of a module: its own use, or `import *`.
ALL = "*"


@dataclass(frozen=True)
class Source:
    """A module, taken apart.

    defined : the statements that bind each name of the module
    imported : what each imported name stands for, dotted
    always : statements that do something when the module is imported, whoever imports it
    modules : every dotted name that the module imports at its top
    """

    defined: Mapping[str, tuple[ast.stmt, ...]]
    imported: Mapping[str, str]
    always: tuple[ast.stmt, ...]
    modules: tuple[str, ...]


def modules(package: Path) -> dict[str, str]:
    """The source text of every module of a package, in any depth, by dotted name.

    Parameters
    ----------
    package : the package's folder; its name begins every dotted name
    """
    texts = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        texts[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return texts


def digests(script: str, modules: Mapping[str, str], lock: str) -> dict[str, str]:
    """What a script reaches: its own code, names in the library's modules, locked versions.

    Parameters
    ----------
    script : source text of the script
    modules : source text of every module that scripts may import, by dotted name
    lock : text of the lock file, lines such as ``numpy==2.4.6 \\``

    Returns
    -------
    dict
        For the script (`SCRIPT`) and every module, 12 hexadecimal digits over the functions, classes
        and constants in it that are reached, the same for sources that differ in comments,
        docstrings or layout; for every distribution of the lock that this code imports, its version.
    """
    found = _reached(script, modules)
    code: dict[str, list[str]] = {}
    third_parties = set()
    for module, name in found:
        if module == "":
            third_parties.add(name.split(".")[0])
            continue
        source = _source(script if module == SCRIPT else modules[module])
        statements = source.always if name == "" else source.defined.get(name, ())
        code.setdefault(module, []).extend(f"{name}\n{_syntax(part)}" for part in statements)
    parts = {
        module: hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:12]
        for module, texts in code.items()
        if texts
    }
    wanted = {d for name in third_parties for d in DISTRIBUTIONS.get(name, [name])}
    for line in lock.splitlines():
        name, _, version = line.partition("==")
        if name in wanted:
            parts[name] = " ".join(filter(None, [parts.get(name), version.rstrip(" \\")]))
    return dict(sorted(parts.items()))


def third_parties(script: str, modules: Mapping[str, str]) -> set[str]:
    """The packages outside the library and Python's own that a script imports, used or not.

    Parameters
    ----------
    script : source text of the script
    modules : source text of every module that scripts may import, by dotted name

    Returns
    -------
    set of str
        Names as `import` has them: of what stands at the top of the script and of every module that it
        reaches, and of imports within the functions that it reaches.
    """
    found = _reached(script, modules)
    names = {name for module, name in found if module == ""}
    for module in {module for module, _ in found} - {""}:
        names |= set(_source(script if module == SCRIPT else modules[module]).modules)
    outside = {name.split(".")[0] for name in names if name not in modules}
    library = {name.split(".")[0] for name in modules}
    return outside - library - sys.stdlib_module_names


def _reached(script: str, modules: Mapping[str, str]) -> set[tuple[str, str]]:
    """Every (module, name) that the script uses; ("", name) for third parties, (module, "") for `always`."""
    sources = {**modules, SCRIPT: script}
    found: set[tuple[str, str]] = set()
    waiting = [(SCRIPT, ALL)]
    while waiting:
        module, name = waiting.pop()
        if (module, name) in found:
            continue
        found.add((module, name))
        if module == "":
            continue
        source = _source(sources[module])
        # Whoever uses one name of a module imports all of it, and what that does on import.
        waiting.append((module, ""))
        if name == ALL:
            names = [*source.defined, *(source.imported if module != SCRIPT else [])]
            waiting += [(module, own) for own in names]
        elif name == "":
            packages = [module.rpartition(".")[0]] if "." in module else []
            waiting += [(n, "") for n in [*source.modules, *packages] if n in modules]
            waiting += [use for part in source.always for use in _uses(part, module, sources)]
        elif name in source.defined:
            waiting += [
                use for part in source.defined[name] for use in _uses(part, module, sources)
            ]
        elif name in source.imported:
            waiting.append(_place(source.imported[name], sources))
        elif f"{module}.{name}" in modules:
            waiting.append((f"{module}.{name}", ALL))
    return found


def _uses(part: ast.stmt, module: str, sources: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The (module, name) that a statement refers to; local names count as the module's, which errs on the safe side."""
    imports, chains = _references(part)
    source = _source(sources[module])
    imported = dict(source.imported)
    for node in imports:
        imported |= _bindings(node)
        for target in _targets(node):
            place, name = _place(target, sources)
            whole = place == "" or target.endswith(".*")
            yield place, name if whole else ""
    for first, *rest in chains:
        if first in imported:
            yield _place(".".join([imported[first], *rest]), sources)
        elif first in source.defined:
            yield module, first


@cache
def _references(part: ast.stmt) -> tuple[list[ast.Import | ast.ImportFrom], set[tuple[str, ...]]]:
    """The imports within a statement, and the names `a.b.c` in it as ("a", "b", "c")."""
    imports, chains = [], set()
    waiting: list[ast.AST] = [part]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(node)
        elif chain := _chain(node):
            chains.add(tuple(chain))
        else:
            waiting += _children(node)
    return imports, chains


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.iter_child_nodes`, in half the time."""
    for field in node._fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def _chain(node: ast.AST) -> list[str] | None:
    """The names of `a.b.c`, or nothing for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else None


def _place(dotted: str, sources: Mapping[str, str]) -> tuple[str, str]:
    """The module and the name in it that a dotted name stands for; ("", dotted) outside the library."""
    names = dotted.split(".")
    for length in range(len(names), 0, -1):
        module = ".".join(names[:length])
        if module in sources and module != SCRIPT:
            return module, names[length] if length < len(names) else ALL
    return "", dotted


@cache
def _source(text: str) -> Source:
    """A module's text taken apart; parsed once, because many rules reach the same modules."""
    tree = ast.parse(text)
    _drop_docstrings(tree)
    defined: dict[str, list[ast.stmt]] = {}
    imported: dict[str, str] = {}
    always: list[ast.stmt] = []
    modules: list[str] = []
    used = {chain[0] for part in tree.body for chain in _references(part)[1]}
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            bindings = _bindings(statement)
            imported |= bindings
            modules += _targets(statement)
            if not used & bindings.keys():
                always.append(statement)
            continue
        names = _bound(statement)
        if not names and not _is_docstring(statement):
            # It does something, and may bind names on the way: a loop, a `try` around an import.
            always.append(statement)
            for node in ast.walk(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    imported |= _bindings(node)
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    names.append(node.id)
        for name in names:
            defined.setdefault(name, []).append(statement)
    return Source(
        {name: tuple(parts) for name, parts in defined.items()},
        imported,
        tuple(always),
        tuple(modules),
    )


def _bindings(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What each name that an import binds stands for."""
    if isinstance(node, ast.ImportFrom):
        _refuse_relative(node)
        return {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return {
        alias.asname or alias.name.split(".")[0]: alias.name
        if alias.asname
        else alias.name.split(".")[0]
        for alias in node.names
    }


def _targets(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The dotted names that an import names; importing one of a package's modules runs it."""
    if isinstance(node, ast.ImportFrom):
        _refuse_relative(node)
        return [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [alias.name for alias in node.names]


def _refuse_relative(node: ast.ImportFrom) -> None:
    """A relative import is not followed, so that what it brings could change and no digest would."""
    if node.level:
        raise ValueError(
            f"line {node.lineno}: 'from {'.' * node.level}{node.module or ''} import …' was given; "
            f"expected an absolute import, because digests follow no other"
        )


def _bound(statement: ast.stmt) -> list[str]:
    """The names that a definition or a plain assignment binds; none for what also does something."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    else:
        return []
    leaves = [leaf for t in targets for leaf in (t.elts if isinstance(t, ast.Tuple) else [t])]
    if not all(isinstance(leaf, ast.Name) for leaf in leaves):
        return []
    return [leaf.id for leaf in leaves if isinstance(leaf, ast.Name)]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _drop_docstrings(tree: ast.Module) -> None:
    """Take the docstrings of functions and classes out of a tree."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(
            node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and _is_docstring(node.body[0]):
            del node.body[0]
        # Only statements hold functions and classes.
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())


@cache
def _syntax(statement: ast.stmt) -> str:
    """A statement as Python itself writes it, by which comments and layout make no difference."""
    return ast.unparse(statement)
