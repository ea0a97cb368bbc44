"""The explorer's page: its data, hostile ids, other shapes, and that it asks nobody for anything."""

import json
import re
from typing import Any

import numpy as np
import pytest
from plotly.offline import get_plotlyjs
from synthetic import HOSTILE, World

from spendscape.pages import explorer

SHAPES: list[dict[str, Any]] = [{}, {"P": 4, "C": 7, "recent_window": False}, {"M": 2}, {"M": 4}]


def payload(world: World) -> dict[str, Any]:
    names = ("verdict", "residual", "spectral_radius", "time_constant", "fixed_points", "steps")
    points = {"state": world.found.state, "label": world.labels}
    points |= {name: getattr(world.found, name) for name in names}
    moved = [world.traits[0] if k == 3 else None for k in range(world.N)]
    drawn = explorer.Drawn(
        world.customers, world.long_states, world.values, world.outputs, world.levels,
        [" > ".join(row[:3]) for row in world.levels], points, moved,
        [k == 3 if name else None for k, name in enumerate(moved)],
    )  # fmt: skip
    loci = {trait: world.found.state[world.labels == trait] for trait in world.traits}
    space = explorer.Space(
        world.traits, world.attractors["traits"], loci, world.inverse.origin, world.inverse.axes,
        world.formula, world.r2,
    )  # fmt: skip
    return explorer.payload(drawn, space, 9999, "results")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_data_come_back_from_the_page(shape: dict[str, Any]) -> None:
    world = World(N=60, **shape)
    page = explorer.page(payload(world), "/* library */")
    inside = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert inside is not None
    data = json.loads(inside[1])
    assert data["customers"]["id"] == world.customers
    assert set(HOSTILE) < set(data["customers"]["id"])
    size = min(3, world.M)
    path = np.array(data["customers"]["path"])
    assert path.shape == (world.N, world.T, size)
    np.testing.assert_allclose(path, world.long_states[..., :size], atol=6e-5)
    assert [data["traits"][k] for k, _ in data["customers"]["level"]] == world.levels[:, 0].tolist()
    assert len(data["attractors"]) == len(data["axes"]) == world.P
    assert data["customers"]["moved"][3] == 0 and data["customers"]["moved"][4] is None
    assert data["customers"]["likely"][3] is True and data["customers"]["likely"][4] is None


def test_no_text_leaves_its_script_element() -> None:
    world = World(N=40)
    values = payload(world) | {"results": "</script><script>alert(2)</script>\u2028\u2029&amp;"}
    page = explorer.page(values, "")
    assert page.count("</script>") == 3
    assert "alert(1)</" not in page and "alert(2)</" not in page
    text = explorer.embedded(values["results"])
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == values["results"]


def test_values_that_json_cannot_hold() -> None:
    world = World(N=40)
    world.found.time_constant[2] = np.inf
    data = payload(world)
    assert data["customers"]["time_constant"][2] is None
    assert "NaN" not in explorer.embedded(data) and "Infinity" not in explorer.embedded(data)


def test_a_customer_without_a_known_fixed_point_is_listed_and_not_drawn() -> None:
    data = payload(World(N=40, unknown=3))["customers"]
    assert data["verdict"][:3] == ["unconverged"] * 3 and data["label"][:3] == [""] * 3
    assert data["end"][0] == [None] * 3 and data["spectral_radius"][0] is None
    assert None not in data["end"][3]


def test_page_names_no_address_of_its_own() -> None:
    page = explorer.page(payload(World(N=40)), "")
    assert not re.search(r"https?://|//cdn|@import|<link", page)
    # The library can upload charts; the page must not offer it, and its policy forbids it.
    assert "sendChartToCloud" in get_plotlyjs()
    assert "showSendToCloud: false" in page and "default-src 'none'" in page
    library = explorer.page(payload(World(N=40)), get_plotlyjs())
    assert 4e6 < len(library) < 7e6


@pytest.mark.parametrize("kind", ["point", "points", "curve", "sheet", "volume", None])
def test_shapes_of_attractors(kind: str | None) -> None:
    locus = np.random.default_rng(0).normal(size=(50, 3))
    polynomial = {"range": [-1, 1], "coefficients": [[0, 0, 0], [1, 0, 0], [0, 1, 0]]}
    places = [{"position": [0, 0, 1]}, {"position": [0, 1, 0]}]
    entry = (
        {"kind": kind, "locations": places, "polynomial": polynomial} if kind else {"customers": 0}
    )
    shape = explorer.shape(entry, locus)
    count = {"point": 2, "points": 2, "curve": 60, "volume": 50, None: 0}
    assert len(shape["points"]) == count.get(kind, len(shape["points"]))
    if kind == "curve":
        np.testing.assert_allclose(shape["points"][-1], [1, 1, 0])


def test_customers_without_measured_traits_have_none_on_the_page() -> None:
    world = World(N=60, measured=0.8)
    data = payload(world)
    unknown = np.isnan(world.values).any(axis=1)
    assert unknown.any() and data["source"] == "as measured"
    assert [row[0] is None for row in data["customers"]["values"]] == unknown.tolist()
    assert "The traits were measured" in data["meaning"]
    assert "not a measured personality" in payload(World(N=60))["meaning"]
