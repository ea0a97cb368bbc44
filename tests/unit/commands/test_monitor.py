"""`spendscape monitor`: its exit status says whether a check is an alarm."""

from pathlib import Path

import pytest

from spendscape.cli import main

HEAD = "what,of,window,value,low,high,threshold,verdict,unit,customers,note\n"
OK = "labels_stability_index,,long,0.01,0.0,0.02,0.1,ok,,,\n"
ALARM = "classes_by_customer_change,NA,long,5.25,5.0,5.5,1.0,alarm,points,,6.57 % before\n"


def written(folder: Path, rows: str) -> str:
    (folder / "monitor").mkdir()
    (folder / "monitor/drift.csv").write_text(HEAD + rows)
    return str(folder)


def test_without_an_alarm_the_status_is_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["monitor", written(tmp_path, OK)]) == 0
    assert capsys.readouterr().out == "0 alarms, 0 watch, 1 ok, 0 not measured\n"


def test_with_one_it_is_1_and_the_alarm_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["monitor", written(tmp_path, OK + ALARM)]) == 1
    said = "classes_by_customer_change of NA (long window): 5.25 points, threshold 1\n"
    assert capsys.readouterr().out.endswith(said)


def test_with_nothing_to_read_it_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", str(tmp_path)]) == 2
    assert "snakemake monitor" in capsys.readouterr().err
