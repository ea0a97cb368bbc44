"""The paper: complete, linked, escaped, without a customer, for runs of every shape."""

import base64
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from page_reading import HOSTILE, Reading
from synthetic import World

import spendscape.pages
from spendscape.config.config import Config
from spendscape.evaluation.claims import Claim
from spendscape.evaluation.study_claims import CLAIMS
from spendscape.pages.paper.claims import ELSEWHERE, WHY, findings, place_of
from spendscape.pages.paper.contents import SETTINGS, TEMPLATES, inputs_of
from spendscape.pages.paper.images import caption, smallest
from spendscape.pages.paper.make import caption_ends, paper
from spendscape.running.figure_table import FIGURES

ENDS = {"value": 0.9, "low": 0.8, "high": 0.95}
IDS = [claim.id for claim in (row if isinstance(row, Claim) else row(1) for row in CLAIMS)]
PATHS = inputs_of(["audited", "simulated"])
MEMBER = "member-4711"


class Links(HTMLParser):
    """What a page links to, what can be linked to, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.to: list[str] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            assert not key.startswith("on")
            if key == "id":
                self.ids.append(value or "")
            if key == "href":
                self.to.append(value or "")
            if key == "src":
                self.loaded.append((value or "")[:10])


def claim_row(name: str, **changed: Any) -> dict[str, Any]:
    row = {"table": "study", "id": name, "section": "IV", "claim": f"Claim {name} {HOSTILE}", "paper": "0.78", "ours": 0.5,
           "low": 0.4, "high": 0.6, "verdict": "contradicted", "rule": "interval at or above 0.78; stronger when above 0.78",
           "evidence": "a.csv", "retrained": ""}  # fmt: skip
    return row | changed


def values(P: int = 2, M: int = 2, recent: bool = True, named: bool = True) -> dict[str, Any]:
    """What the results files of a run hold; names are hostile, and a row of a customer stands where files have some."""
    traits = [f"trait_{k} {HOSTILE}" for k in range(P)]
    rows = {"rows": 12, "amount": "98765.43"}
    ledger = {
        "total": {"read": rows, "accepted": rows, "quarantined": {"rows": 0, "reasons": {f"no date {HOSTILE}": rows}}, "excluded": {"rows": 0, "reasons": {}}},
        "files": {f"{MEMBER}.csv": {}}, "first_month": "2019-01", "last_month": "2024-12", "classes": ["a", "b", "c"], "customers": {"read": 9, "accepted": 8},
    }  # fmt: skip
    window = {"customers": 8, "in": 7, "out": {HOSTILE: 1}, "steps": 6, "months_per_step": 12, "first_month": "2019-01", "last_month": "2024-12"}  # fmt: skip
    metrics = {"r2": dict.fromkeys(traits, ENDS), "r2_all_traits": 0.9, "rank_ceiling": 0.99, "customers": {"train": 5, "test": 2}, "units": M,
               "supervision": "every_step", "versions": {"keras": "3.1"}}  # fmt: skip
    segment = {"level": 1, "segment": traits[0], "parent": "(all)", "customers": 40, "share": 0.5, "parent_share": 0.5, "solid_angle": 0.5,
               "neutral": 0.1, "margin": 0.2, "stayed": 0.9, "recent": 0.8, "attractor": traits[0], "more": "food", "less": HOSTILE, "unnamed": 3}  # fmt: skip
    attractor = {"customers": 7, "agreement": {}, "kind": "curve", "dimension": 1}
    within = {"labels": "raw", "comparison": "previous_step", "step": 2} | ENDS
    movers = {"customers": 1, "share": 0.125}
    move = {"from": traits[0], "to": traits[-1], "customers": 30, "likely": 3, "turn_degrees": 20.0, "noise_degrees": 5.0, "month": "2024-03",
            "more": "food", "more_money": 12.0, "less": HOSTILE, "less_money": float("nan")}  # fmt: skip
    return {
        "ledger": ledger,
        "coverage": [{"class": name, "share": share, "coefficient": name != "a"} for name, share in (("a", 0.25), ("b", 0.75), ("c", 0.0))],
        "windows": {"long": window} | ({"recent": window} if recent else {}),
        "metrics": metrics,
        "elbow": {"enough": None},
        "coefficients": [{"class": name, "output": trait, "value": 0.5 - k} for trait in traits for k, name in enumerate([HOSTILE, "(intercept)", "a"])],
        "inverse": {"traits": traits, "extent": [1.1] * P, "rank": min(P, M), "singular_values": [1.0]},
        "fixed_points": {"verdict": ["certified"] * 7},
        "attractors": {"traits": dict.fromkeys(traits, attractor), "slow_manifold": {"(all)": {"spectral_radius": 0.7}}},
        "convergence": [{"quantity": "r2_of_location_from_last_output"} | ENDS],
        "segment_table": [segment] if named else [],
        "naming": {"minimum_customers": 30, "neutral": 0.3 if P > 1 else None, "neutral_margin": None, "kept": {"next_step": ENDS | {"customers": 1}}},
        "margins": [{"comparison": "next_step", "low": 0.1, "high": 0.4, "customers": 5, "kept": 0.9, "kept_low": 0.8, "kept_high": 0.95}],
        "moves": [move] if recent else [],
        "stability": {"customers": 2, "within_long": [within], "across_windows": {"states": [{"level": 1} | ENDS]} if recent else None}
        | ({"movers": movers} if recent else {}),
        "claims": [claim_row(name) for name in IDS] + [claim_row("of_a_later_version", verdict="not tested", ours="not measured: needs 2 units")],
        "audit": [{"attribute": HOSTILE, "kind": "attribute", "what": "there is one group"} | dict.fromkeys(("group", "customers", "score", "chance", "low", "high", "p", "verdict"), "")],
        "recovery": [{"quantity": "trait", "target": 0.9} | ENDS],
    }  # fmt: skip


def write(shown: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """These values as results files."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = {}
    for name, value in shown.items():
        path = folder / f"{name}{Path(PATHS[name]).suffix}"
        if path.suffix == ".json":
            path.write_text(json.dumps(value))
        elif path.suffix == ".csv":
            columns = list(value[0]) if value else ["level"]
            pd.DataFrame(value, columns=columns).to_csv(path, index=False)
        else:
            pq.write_table(pa.table({"customer_id": [MEMBER] * 7} | value), path)
        files[name] = str(path)
    return files


def make(
    folder: Path,
    source: str = "simulated",
    measured: bool = False,
    planted: bool = False,
    shown: dict[str, Any] | None = None,
    **shape: Any,
) -> str:
    shown = shown or values(**shape)
    if source != "simulated":
        del shown["audit"], shown["recovery"]
    files = write(shown, folder)
    world = World(N=60, P=shape.get("P", 2), measured=0.5 if measured else None)
    (folder / "formula.json").write_text(world.formula.to_json())
    metrics = json.loads(Path(files["metrics"]).read_text())
    Path(files["metrics"]).write_text(json.dumps(metrics))
    images = []
    for name in FIGURES:
        (folder / f"{name}.png").write_bytes(b"png")
        (folder / f"{name}.svg").write_bytes(b"<svg/> longer")
        (folder / f"{name}.rst").write_text("**Title** of ``a.csv`` <b>.\n\nNumbers.")
        images += [str(folder / f"{name}.png"), str(folder / f"{name}.svg")]
    config = Config().model_dump(mode="json")
    settings = {name: config[name] for name in SETTINGS} | {"source": source}
    settings["audit"]["table"] = None if planted else f"/home/{MEMBER}/people.csv"
    captions = [str(folder / f"{name}.rst") for name in FIGURES]
    return paper(files | {"formula": str(folder / "formula.json")}, images, captions, settings, "0.1.0", b"lock", None)  # fmt: skip


@pytest.mark.parametrize(
    "shape",
    [{}, {"P": 1}, {"M": 1}, {"recent": False}, {"named": False}, {"source": "files"}, {"measured": True}],
    ids=str,
)  # fmt: skip
def test_a_run_of_any_shape_is_told_whole_and_without_a_customer(
    shape: dict[str, Any], tmp_path: Path
) -> None:
    page = make(tmp_path, **shape)
    links, reading = Links(page), Reading(page)
    assert not {"script", "link", "iframe", "form"} & set(reading.tags)
    assert {"Content-Security-Policy"} <= set(re.findall(r'http-equiv="([^"]+)"', page))
    assert set(links.loaded) == {"data:image"} and len(links.loaded) == len(FIGURES)
    assert len(set(links.ids)) == len(links.ids)
    inside = {link[1:] for link in links.to if link.startswith("#")}
    assert inside <= set(links.ids) and {link for link in links.to if link[0] != "#"} == {"report.html", "explorer.html"}  # fmt: skip
    # Each claim and each figure is one click away from the top.
    top = Links(page[: page.index('<h2 id="data">')]).to
    assert {f"#claim-{name}" for name in [*IDS, "of_a_later_version"]} <= set(top)
    assert {f"#{name}" for name in FIGURES} <= set(top)
    # Figures are numbered in the order in which a reader comes to them.
    numbers = re.findall(r"<figcaption>Figure (\d+)\.", page)
    assert numbers == [str(k + 1) for k in range(len(FIGURES))]
    assert [name for name in links.ids if name in FIGURES] == list(FIGURES)
    assert {f"#{name}" for name in links.ids if f'<h2 id="{name}">' in page} <= {*top, "#claims"}
    # No id, no file's name, no amount of all, no path.
    assert MEMBER not in page and "98765" not in page.replace(",", "") and "/home/" not in page
    assert HOSTILE not in page and HOSTILE in reading.text
    assert ("There is no recent window to compare" in page) == (not shape.get("recent", True))
    assert ("This run has no attributes to audit" in page) == (shape.get("source") == "files")
    assert "one that the simulator plants:" not in page
    assert ("These customers are simulated" in page) == (shape.get("source") != "files")
    assert ("which no segment has" in page) == (not shape.get("named", True))
    assert ("With one trait" in page) == (shape.get("P") == 1)
    assert ("a direction is a sign" in page) == (shape.get("M") == 1)
    assert ("The traits were measured. They" in page) == shape.get("measured", False)


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert make(tmp_path / "a") == make(tmp_path / "b")


def test_numbers_stand_in_abstract_caption_and_discussion(tmp_path: Path) -> None:
    shown = values()
    # A segment that is all of its parent is not counted in a caption either, and verdicts are told apart by whose claim it is.
    own = shown["segment_table"][0]
    shown["segment_table"] += [own | {"level": 2, "segment": name, "parent_share": part} for name, part in (("x > y", 1.0), ("x > z", 0.4))]  # fmt: skip
    shown["claims"][0]["verdict"] = "equal"
    shown["claims"] += [claim_row(name, table="explanation", verdict=name) for name in ("equal", "contradicted")]  # fmt: skip
    text = re.sub(r"\s+", " ", Reading(make(tmp_path, shown=shown, planted=True)).text)
    assert "The attribute called protected is one that the simulator plants" in text
    assert "reaches an R² of 0.900, of at most 0.990" in text
    assert "Named segments: 1 at level 1, 1 at level 2." in text
    lost = f"{len(IDS) - 1} are contradicted and 1 is not tested"
    assert (
        f"Claims: of {len(IDS) + 1} claims of the study whose method this is, 1 is too close to call, {lost}."
        in text
    )
    assert f"Of the {len(IDS) + 1} claims of the study, {lost}; they may hold" in text
    assert text.count("supervised the other way), 1 is contradicted:") == 1
    assert (
        text.count("supervised the other way), 1 is too close to call:") == 1
        and "equal ·" not in text
    )
    assert "1 customer (12.5 %) changes the dominant trait" in text
    assert "The end of 7 of 7 trajectories was found; for 7 it is proved." in text
    assert "0.50 (0.40–0.60) (confirmed when: interval at or above 0.78)." in text
    assert WHY["printed_inverse_can_be_computed"] in text
    assert "not measured: needs 2 units" in text
    assert "25.0 % of the money is in classes without a coefficient" in text
    assert "are spending in 2 of 3 classes." in text
    assert "1 of level 1 and 1 of level 2 have the 30 customers that a name needs" in text
    assert "30.0 % of the test customers are neutral" in text and "as likely noise" not in text


def test_the_abstract_says_when_most_are_neutral_and_how_many_moved(tmp_path: Path) -> None:
    def abstract(neutral: float, likely: int) -> str:
        shown = values()
        shown["naming"]["neutral"] = neutral
        shown["stability"]["movers"] |= {"likely": likely, "likely_share": likely / 8, "likely_same": 0, "false_discovery_rate": 0.2}  # fmt: skip
        page = make(tmp_path, shown=shown)
        return re.sub(r"\s+", " ", Reading(page).text.partition("Contents")[0])

    text = abstract(0.9, 3)
    assert "most of the customers, so the segments are as likely noise as not" in text
    assert "The traits of 3 customers, of these or others, changed by more" in text
    assert "about 20.0 % of these changes are expected by chance" in text
    text = abstract(0.5, 0)
    assert "50.0 % of the test customers are neutral" in text and "as likely" not in text
    assert "Nobody's traits changed by more" in text and "by chance" not in text


def test_the_captions_of_the_report_end_with_the_numbers_of_the_paper(tmp_path: Path) -> None:
    page = make(tmp_path)
    files = {name: str(next(tmp_path.glob(f"{name}.*"))) for name in [*values(), "formula"]}
    ends = caption_ends(files)
    assert set(ends) == set(FIGURES)
    assert HOSTILE not in "".join(ends.values()) and "In this run" in ends["figure_4"]
    for words in ends.values():
        assert words.removeprefix("<p>").removesuffix("</p>\n") in page


def test_every_claim_has_a_place_and_every_reason_a_claim() -> None:
    assert ELSEWHERE not in {place_of(name) for name in IDS}
    assert place_of("of_a_later_version") == ELSEWHERE
    assert set(WHY) <= set(IDS)
    found = findings([claim_row("attractors_exist", verdict="confirmed")])
    assert [(claim.place, claim.kind, claim.why) for claim in found] == [("figure_1", "good", "")]


def test_files_of_a_condition_and_templates_are_listed() -> None:
    assert "audit" not in inputs_of([]) and "recovery" not in inputs_of(["recent"])
    folder = Path(spendscape.pages.__file__).parent / "templates"
    assert {f"paper/{path.name}" for path in (folder / "paper").iterdir()} == set(TEMPLATES)


def test_an_image_is_its_smallest_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"many bytes")
    (tmp_path / "a.svg").write_bytes(b"<svg/>")
    found = smallest([tmp_path / "a.png", tmp_path / "a.svg"])
    assert found == f"data:image/svg+xml;base64,{base64.b64encode(b'<svg/>').decode()}"
    (tmp_path / "a.png").write_bytes(b"few")
    assert smallest([tmp_path / "a.png", tmp_path / "a.svg"]).startswith("data:image/png")


def test_a_caption_is_the_first_paragraph_escaped() -> None:
    assert (
        caption(r"The distance \|L − h*\| of **all**")
        == "The distance |L − h*| of <strong>all</strong>"
    )
    found = caption("**Title** of\n``a<b``.\n\nNumbers from ``c``.\n")
    assert found == "<strong>Title</strong> of <code>a&lt;b</code>."
