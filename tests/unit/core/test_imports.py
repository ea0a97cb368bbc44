"""A package can be imported without one that it would import, and the other can be imported later."""

import importlib
import sys

import pytest

from spendscape.core.imports import without


def test_what_is_not_there_yet_stays_away_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    monkeypatch.setitem(sys.modules, "json", importlib.import_module("json"))
    with without("this", "json"):
        with pytest.raises(ImportError):
            importlib.import_module("this")
        assert importlib.import_module("json").dumps(1) == "1"
    assert "this" not in sys.modules
    assert importlib.import_module("json")
    with pytest.raises(RuntimeError, match="lost"), without("this"):
        raise RuntimeError("lost")
    assert "this" not in sys.modules
