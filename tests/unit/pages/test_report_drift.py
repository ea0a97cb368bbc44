"""The report's page on drift: the last step, from rows as a CSV file without texts gives them."""

from page_reading import HOSTILE, drift_row, read_page

NAN = float("nan")


def test_the_last_step_is_shown_with_its_alarms() -> None:
    rows = [
        drift_row("classes_by_customer_change", "alarm", -3.0, of=HOSTILE),
        # An empty text of a CSV file is no text.
        drift_row("labels_stability_index", "ok", 0.01) | {"of": NAN, "note": NAN},
    ]
    page = read_page("drift", {"drift": rows})
    assert "1 alarm, 0 to watch, 1 ok, 0 not measured." in page.text
    assert "The last step of the long window beside the step before" in page.text
    assert ["the labels: population stability index", "0.010 (0.010–0.010)"] in [
        cells[:2] for cells in page.rows
    ]
    assert [cells[1] for cells in page.rows].count(HOSTILE) == 2
    assert "smaller changes" not in page.text


def test_only_the_largest_changes_are_shown() -> None:
    rows = [drift_row("labels_change", "ok", k / 10, of=f"label {k}") for k in range(50)]
    page = read_page("drift", {"drift": rows})
    assert "10 smaller changes are in the table's file only" in page.text
    assert "Nothing is above its threshold." in page.text
    named = [cells[1] for cells in page.rows if cells[0] == "customers with this label"]
    assert named == [f"label {k}" for k in range(49, 9, -1)]
