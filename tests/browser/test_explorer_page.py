"""The explorer in a real browser: every control does what it says, and names of any kind stay text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser import looking
from explorer_world import payload
from synthetic import HOSTILE, World

from spendscape.pages import explorer

EVIL = "<img src=x onerror=alert(1)>"
TRAITS = [EVIL, "a_very_long_name_" * 5, "漢字の特性", "cost $_$ x", "$y^2$"]
GLOBE, SPACE = "#globe canvas", "#space canvas"


@dataclass(frozen=True)
class Made:
    """Pages of a small world with hostile names; of the other one, only some are drawn."""

    world: World
    path: Path
    sample: Path


@pytest.fixture(scope="module")
def made(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("explorer")
    world = World(N=160, trait_names=TRAITS, unknown=2)
    world.classes[0] = EVIL
    for name, most in (("all", 1000), ("sample", 40)):
        values = payload(world, folder / "world", most, f"results/{EVIL}")
        (folder / f"{name}.html").write_text(explorer.page(values))
    return Made(world, folder / "all.html", folder / "sample.html")


@pytest.fixture
def seen(page: Callable[..., Any], made: Made) -> Callable[..., Any]:
    """Opens the page, and waits until it has drawn."""

    def opened(width: int = 1400, fragment: str = "", path: Path = made.path) -> Any:
        found = page(path, width, fragment=fragment)
        found.wait_for_selector("body[data-ready]")
        return found

    return opened


def picture(opened: Any, canvas: str) -> bytes:
    """A canvas as it is seen, once the page has drawn what changed."""
    opened.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return bytes(opened.locator(canvas).screenshot())


def count(opened: Any, word: str = "shown") -> int:
    found = re.search(rf"([\d,]+)[^;]*{word}", opened.inner_text("#count"))
    assert found is not None, opened.inner_text("#count")
    return int(found[1].replace(",", ""))


def heading(opened: Any) -> str:
    return str(opened.text_content("#side h2"))


def test_any_customer_is_found_by_id_with_suggestions(seen: Callable[..., Any], made: Made) -> None:
    opened = seen()
    opened.fill("#find", "c0001")
    options = opened.locator("#found [role=option]")
    assert options.count() == 8 and options.all_inner_texts()[0] == "c00010"
    assert opened.get_attribute("#find", "aria-expanded") == "true"
    opened.press("#find", "ArrowDown")
    opened.press("#find", "Enter")
    assert heading(opened) == "Customer c00011" and "customer c00011" in opened.inner_text("#count")
    opened.fill("#find", "0042")
    options.first.click()
    assert heading(opened) == "Customer c00042"
    opened.fill("#find", "nobody at all")
    assert options.count() == 0 and "No customer" in opened.inner_text("#count")
    for name in HOSTILE:
        opened.fill("#find", name.strip()[:40])
        opened.press("#find", "Enter")
        assert heading(opened) == f"Customer {name}"
    assert opened.locator("img, aside script").count() == 0


def test_who_is_not_drawn_is_found_and_told_so(seen: Callable[..., Any], made: Made) -> None:
    opened = seen(path=made.sample)
    assert opened.inner_text("#count") == "40 of 160 customers shown"
    other = opened.evaluate("column.other[5]")
    opened.fill("#find", other)
    assert opened.locator("#found [role=option]").all_inner_texts() == [f"{other} (not drawn)"]
    opened.press("#find", "Enter")
    said = opened.inner_text("#side")
    assert "not drawn" in said and f"explain/{other}.html" in said


def test_the_panel_says_what_the_results_say(seen: Callable[..., Any], made: Made) -> None:
    world, k = made.world, made.world.customers.index("c00042")
    opened = seen(fragment="#customer=c00042")
    said = opened.inner_text("#side")
    assert " > ".join(world.levels[k]) in said
    for value in world.outputs[k]:
        assert f"{value:z.2f}".replace("-", "−") in said
    names = opened.evaluate("k => facts.classes[column.spent[k]]", k).replace("_", " ")
    spent = opened.locator("#side table", has_text="largest shares of spending")
    assert spent.locator("tbody td").first.inner_text() == names
    assert "path in the long window" in said and "path in the recent window" in said
    assert "not a measured personality" in said and "largest shares of spending" in said
    assert f"snakemake --cores 1 results/{EVIL}/explain/c00042.html" in said
    assert opened.get_attribute("#side a", "href") == "explain/c00042.html"
    last = world.long_states[:, -1].astype(float)
    away = ((last - last[k]) ** 2).sum(axis=1)
    nearest = [world.customers[j] for j in away.argsort(kind="stable")[1:9]]
    chips = opened.locator("#side .chips button")
    assert [button.text_content() for button in chips.all()] == nearest
    chips.nth(1).click()
    assert heading(opened) == f"Customer {nearest[1]}"


def test_filters_leave_who_they_say(seen: Callable[..., Any], made: Made) -> None:
    world, opened = made.world, seen()
    assert count(opened) == 160
    opened.select_option("#segment", EVIL)
    assert count(opened) == (world.levels[:, 0] == EVIL).sum()
    opened.select_option("#segment", "")
    opened.fill("#margin", opened.get_attribute("#margin", "max"))
    assert 0 <= count(opened) < 10
    opened.fill("#margin", "0")
    likely = int(world._movers()["likely"].sum())
    opened.select_option("#mover", label="likely mover")
    assert likely and count(opened) == likely
    opened.select_option("#mover", "")
    opened.select_option("#window", "recent")
    assert count(opened) == len(world.recent_customers)


def test_who_is_found_or_left_is_in_front_and_clear_shows_all(seen: Callable[..., Any]) -> None:
    opened = seen()
    front = """k => { const own = views[0], all = []; own.each(j => all.push(j));
      return k === null ? all.length : all.includes(k); }"""
    turn = "place => { views[0].camera.face(place.map(x => -x)); views[0].moved(); }"
    opened.evaluate(turn, opened.evaluate("position('globe', 42)"))
    assert not opened.evaluate(front, 42)
    opened.fill("#find", opened.evaluate("column.id[42]"))
    opened.press("#find", "Enter")
    assert opened.evaluate(front, 42)
    # A filter that leaves one customer, who is behind.
    opened.evaluate("() => { for (let k = 0; k < N; k++) column.mover[k] = k === 42 ? 2 : 0; }")
    opened.evaluate(turn, opened.evaluate("position('globe', 42)"))
    opened.select_option("#mover", label="likely mover")
    assert count(opened) == 1 and opened.evaluate(front, None) == 1
    opened.click("#clear")
    assert count(opened) == 160 and opened.input_value("#mover") == ""


def test_on_a_phone_who_is_found_is_read_and_who_is_touched_is_a_click_away(
    seen: Callable[..., Any],
) -> None:
    opened = seen(390)
    top = "document.querySelector('#side').getBoundingClientRect().top"
    assert opened.is_hidden("#below") and opened.evaluate(top) > 844
    opened.fill("#find", "c00042")
    opened.press("#find", "Enter")
    opened.wait_for_function(f"() => Math.abs({top}) < 2")
    opened.evaluate("() => { scrollTo(0, 0); select(43); }")
    opened.get_by_role("button", name="details ↓").click()
    opened.wait_for_function(f"() => Math.abs({top}) < 2")
    opened.keyboard.press("Escape")
    assert opened.is_hidden("#below")


def test_an_address_of_a_customer_alone_turns_the_globe_to_it(seen: Callable[..., Any]) -> None:
    opened = seen()
    behind = opened.evaluate(
        "column.id.findIndex((_, k) => position('globe', k) && views[0].camera.seen(...position('globe', k))[2] < -.3)"
    )
    who = opened.evaluate("k => column.id[k]", behind)
    # In an open page, too.
    opened.evaluate("who => { location.hash = 'customer=' + encodeURIComponent(who); }", who)
    opened.wait_for_function("who => byId('side').textContent.includes('Customer ' + who)", arg=who)
    assert opened.evaluate("k => views[0].camera.seen(...position('globe', k))[2]", behind) > 0.2


def test_colours_borders_and_ticks_change_the_pictures(seen: Callable[..., Any]) -> None:
    opened = seen()
    before = {canvas: picture(opened, canvas) for canvas in (GLOBE, SPACE)}
    titles = set()
    for mode in ("segment", "margin", "mover", "time", "value0"):
        opened.select_option("#colour", mode)
        titles.add(opened.inner_text("#legend-title"))
        assert opened.locator("#legend li").count() >= 2
        for canvas, seen_before in before.items():
            assert picture(opened, canvas) != seen_before, mode
    assert len(titles) == 5
    opened.select_option("#colour", "trait")
    assert {canvas: picture(opened, canvas) for canvas in before} == before
    for tick, canvas in (("#attractors", SPACE), ("#axes", SPACE), ("#paths", GLOBE)):
        opened.locator(tick).click()
        assert picture(opened, canvas) != before[canvas], tick
        opened.locator(tick).click()
    opened.select_option("#level", "3")
    assert picture(opened, GLOBE) != before[GLOBE]


def test_time_plays_to_its_end_and_stops(seen: Callable[..., Any]) -> None:
    opened = seen(fragment="#step=4")
    assert opened.inner_text("#step-name") == "2023"
    opened.click("#play")
    assert opened.inner_text("#play") == "Pause"
    opened.locator("#step-name", has_text="fixed points h*").wait_for()
    opened.locator("#play", has_text="Play").wait_for()
    opened.press("#step", "ArrowLeft")
    assert opened.inner_text("#step-name") == "2024"
    opened.select_option("#window", "recent")
    assert opened.inner_text("#step-name") == "Nov 2024 to Dec 2024"


def test_a_lasso_sums_up_what_it_holds(seen: Callable[..., Any]) -> None:
    opened = seen()
    for canvas in (SPACE, GLOBE):
        opened.click("#lasso")
        box = opened.locator(canvas).bounding_box()
        left, top = box["x"] + 2, box["y"] + 2
        corners = [(1, 0), (1, 1), (0, 1), (0, 0.1)]
        opened.mouse.move(left, top)
        opened.mouse.down()
        for x, y in corners:
            opened.mouse.move(left + x * (box["width"] - 4), top + y * (box["height"] - 4))
        opened.mouse.up()
        inside = opened.evaluate(
            "kind => { let n = 0; views.find(v => v.kind === kind).each(() => n++); return n; }",
            canvas[1:6],
        )
        assert opened.get_attribute("#lasso", "aria-pressed") == "false"
        assert 20 < count(opened, "selected") == inside
        assert heading(opened) == f"{inside} selected"
        rows = opened.locator("#side table").first.locator("tbody tr")
        assert 0 < rows.count() <= 10
    opened.keyboard.press("Escape")
    assert "selected" not in opened.inner_text("#count")
    opened.click("#all")
    assert count(opened, "selected") == 160
    opened.locator("#side td button").nth(2).click()
    assert opened.locator("#side h2").count() == 2 and heading(opened).startswith("Customer")
    opened.click("#clear")
    assert heading(opened) == "Click a point"


@pytest.mark.parametrize("fragment", ["", "#flat=1"])
def test_a_click_selects_the_point_under_it(seen: Callable[..., Any], fragment: str) -> None:
    opened = seen(fragment=fragment)
    assert opened.evaluate("views.map(v => !!v.painter.plain)") == [bool(fragment)] * 2
    assert opened.is_visible("#plain") == bool(fragment)
    for kind, canvas in (("globe", GLOBE), ("space", SPACE)):
        k, x, y = opened.evaluate(
            """kind => { const own = views.find(v => v.kind === kind); for (let k = 30; k < N; k++) {
              const at = position(kind, k); if (!at) continue;
              const [x, y, z] = own.pixel(at); if (own.pick([x, y]) === k) return [k, x, y]; } }""",
            kind,
        )
        plain = picture(opened, canvas)
        box = opened.locator(canvas).bounding_box()
        opened.mouse.move(box["x"] + x, box["y"] + y)
        opened.mouse.click(box["x"] + x, box["y"] + y)
        assert heading(opened) == f"Customer {opened.evaluate('k => column.id[k]', k)}"
        assert picture(opened, canvas) != plain
        opened.mouse.move(1, 1)
        opened.keyboard.press("Escape")
        assert picture(opened, canvas) == plain


def test_a_lost_canvas_is_drawn_plainly(seen: Callable[..., Any]) -> None:
    opened = seen()
    opened.evaluate("views[1].painter.gl.getExtension('WEBGL_lose_context').loseContext()")
    opened.locator("#plain", has_text="without WebGL").wait_for()
    assert opened.locator("canvas").count() == 2
    before = picture(opened, SPACE)
    opened.focus(SPACE)
    opened.keyboard.press("ArrowLeft")
    assert picture(opened, SPACE) != before


def test_the_address_brings_the_view_back(seen: Callable[..., Any], made: Made) -> None:
    opened = seen()
    opened.select_option("#colour", "margin")
    opened.select_option("#segment", TRAITS[2])
    opened.focus(GLOBE)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "+"):
        opened.keyboard.press(key)
    opened.fill("#find", HOSTILE[0])
    opened.press("#find", "Enter")
    # The address is written a moment after the last change.
    opened.wait_for_timeout(400)
    again = seen(fragment="#" + opened.url.partition("#")[2])
    for control in ("#colour", "#segment", "#step", "#margin"):
        assert again.input_value(control) == opened.input_value(control)
    assert heading(again) == heading(opened) == f"Customer {HOSTILE[0]}"
    opened.focus("#colour"), again.focus("#colour")
    assert picture(again, GLOBE) == picture(opened, GLOBE)
    assert picture(again, SPACE) == picture(opened, SPACE)
    seen(fragment="#step=-7&colour=none&globe=1,x&lasso=globe:1,2&customer=%00&level=99")


def test_the_keyboard_turns_zooms_and_clears(seen: Callable[..., Any]) -> None:
    opened = seen(fragment="#customer=c00042")
    for canvas in (GLOBE, SPACE):
        opened.focus(canvas)
        start = picture(opened, canvas)
        for key in ("ArrowLeft", "ArrowDown", "+", "-"):
            before = picture(opened, canvas)
            opened.keyboard.press(key)
            assert picture(opened, canvas) != before, key
        opened.keyboard.press("Home")
        assert picture(opened, canvas) == start
    opened.keyboard.press("Escape")
    assert heading(opened) == "Click a point"


@pytest.mark.parametrize("width", [1400, 390])
def test_it_fits_the_screen_and_says_what_it_is_to_everybody(
    seen: Callable[..., Any], width: int
) -> None:
    opened = seen(width, f"#customer={HOSTILE[1].replace('/', '%2F')}&chosen=all&colour=segment")
    opened.locator("#controls").evaluate("own => { own.open = true; }")
    assert looking.sideways(opened) == 0
    assert looking.beside(opened) == []
    assert looking.overlapping(opened, ".controls > *", "h1", "#count", ".legend", ".stage") == []
    assert looking.serious(opened) == []
    assert opened.evaluate("side.scrollWidth - side.clientWidth") == 0
    for canvas in (GLOBE, SPACE):
        box = opened.locator(canvas).bounding_box()
        assert box["width"] > 250 and box["height"] > 250


@pytest.mark.parametrize("shape", [{"M": 1, "P": 1}, {"M": 2}, {"M": 5}], ids=str)
def test_other_numbers_of_units_and_one_trait(
    page: Callable[..., Any], tmp_path: Path, shape: dict[str, Any]
) -> None:
    path = tmp_path / "few.html"
    path.write_text(explorer.page(payload(World(N=40, recent_window=False, **shape), tmp_path)))
    opened = page(path, 1400, fragment="#customer=c00003")
    opened.wait_for_selector("body[data-ready]")
    said = opened.inner_text("#globe-note")
    assert ("needs 3 units" in said) == (shape["M"] == 1)
    assert ("lie in a plane" in said) == (shape["M"] == 2)
    assert opened.locator("canvas").count() == (2 if shape["M"] == 5 else 1)
    assert heading(opened) == "Customer c00003" and opened.is_disabled("#window")
    assert ("5: those in which states differ most" in opened.inner_text("#space-note")) == (shape["M"] == 5)  # fmt: skip
    # The finder and the filters work without a globe, too.
    opened.fill("#find", "c00005")
    opened.press("#find", "Enter")
    assert heading(opened) == "Customer c00005"
    opened.fill("#margin", opened.get_attribute("#margin", "max"))
    assert count(opened) < 40 or shape.get("P") == 1
    opened.click("#clear")
    edges = shape["M"] > 1 and shape.get("P", 5) > 1
    assert opened.is_enabled("#level") == edges
    if edges:
        canvas = GLOBE if shape["M"] == 5 else SPACE
        before = picture(opened, canvas)
        opened.select_option("#level", "0")
        assert picture(opened, canvas) != before
