"""The page of the monitor as a browser shows it."""

from page_reading import HOSTILE, Reading, drift_row

from spendscape.pages.drift_page import drift_page


def test_alarms_stand_first_and_every_row_once_below() -> None:
    rows = [
        drift_row("labels_stability_index", "ok", 0.01),
        drift_row("classes_by_customer_change", "watch", 1.5, of="rent"),
        drift_row("classes_by_customer_change", "alarm", -3.0, of=HOSTILE),
        drift_row("mean_direction_turned", "not measured", float("nan"), float("nan")),
    ]
    read = Reading(drift_page(rows, HOSTILE))
    assert "1 alarm, 1 to watch, 1 ok, 1 not measured." in read.text and HOSTILE in read.text
    named = [cells[0] for cells in read.rows if cells[0] != "what"]
    assert named == [
        *["share of the average customer's spending"] * 2,
        "the labels: population stability index",
        *["share of the average customer's spending"] * 2,
        "angle between the mean directions",
    ]
    verdicts = [cell for cells in read.rows for cell in cells if cell in ("alarm", "watch", "ok")]
    assert verdicts == ["alarm", "watch", "ok", "alarm", "watch"]
    assert "script" not in read.tags


def test_without_an_alarm_there_is_no_such_table() -> None:
    read = Reading(drift_page([drift_row("labels_stability_index", "ok", 0.01)], "results"))
    assert "0 alarms" in read.text and "what to watch" not in read.text
