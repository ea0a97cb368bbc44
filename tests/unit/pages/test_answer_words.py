"""Answers in words: every reader's form says the same, and texts of the data stay texts."""

import json
from dataclasses import replace

import numpy as np
import pytest
from decided import decided_run

from spendscape.pages.answer_words import Explanation, aligned
from spendscape.pages.answers import Answer, LeftOut, Recourse, StepPart, Swap, read_answer
from spendscape.pages.numbers import number


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder = tmp_path_factory.mktemp("run")
    decided_run(folder)
    found = read_answer(folder, "<script>alert(1)</script>")
    assert isinstance(found, Answer)
    return found


def test_text_names_what_decided(answer: Answer) -> None:
    text = str(Explanation(answer, shown=3))
    assert text.startswith(f"{answer.customer}: {answer.segment}\n")
    for part in answer.classes[:3]:
        assert f"  {part.name} " in text
    assert f"the other {len(answer.classes) - 3} classes" in text
    assert f"{answer.first} is before {answer.second} by {number(answer.margin)}" in text
    assert "6, 2024-01 to 2024-12" in text
    # Rounded as on the card and in the explorer.
    said = str(Explanation(replace(answer, percentile=0.7904, border_degrees=33.746, behind="b")))
    assert "than 79 % of the customers have" in said and " 33.7° from" in said


def test_columns_of_text_stand_below_each_other() -> None:
    assert aligned([["class", "adds"], ["a", "+0.1"], ["longer", "−10"]]) == [
        "class   adds",
        "a       +0.1",
        "longer   −10",
    ]


def test_what_is_shown_adds_up(answer: Answer) -> None:
    (rows,) = (s.rows[1:] for s in Explanation(answer, shown=4).sections if s.title == "Why")
    values = [float(row[1].replace("−", "-")) for row in rows]
    assert sum(values[:-1]) == pytest.approx(values[-1], abs=0.0005 * len(values))


def test_a_page_escapes_what_the_data_say(answer: Answer) -> None:
    explanation = Explanation(answer)
    for page in (explanation.html(), explanation._repr_html_()):
        assert "<script" not in page and "&lt;script&gt;alert(1)" in page
        assert "What would change it" in page
    assert explanation.html().startswith("<!doctype html>")


def test_json_has_every_number(answer: Answer) -> None:
    read = json.loads(Explanation(answer).json())
    assert read["margin"] == answer.margin
    assert [c["name"] for c in read["classes"]] == [c.name for c in answer.classes]
    assert read["fixed_point"]["verdict"] == answer.fixed_point["verdict"]  # type: ignore[index]


def test_recourse_is_said_with_what_it_takes_or_that_there_is_none(answer: Answer) -> None:
    two = [Swap("pets", "hotels", 0.02, 1200.0), Swap("books", "hotels", 0.01, 50.0)]
    text = str(Explanation(replace(answer, recourse=Recourse(two, "openness", True))))
    assert (
        "With 1,200 a year (2.0 % of spending, the mean of the steps' shares) from pets to hotels, "
        "and 50 a year (1.0 % of spending, the mean of the steps' shares) "
        "from books to hotels, openness would be the first trait. The network confirms it." in text
    )
    text = str(Explanation(replace(answer, recourse=Recourse([], None, False))))
    assert "No one or two swaps of spending were found that change it." in text


def test_a_small_swap_is_not_rounded_to_nothing(answer: Answer) -> None:
    small = Recourse([Swap("pets", "hotels", 0.0001, 1.6)], "openness", True)
    text = str(Explanation(replace(answer, recourse=small)))
    assert (
        "With 1.60 a year (less than 0.1 % of spending, the mean of the steps' shares) from pets to hotels"
        in text
    )


def test_classes_that_nobody_used_are_told(answer: Answer) -> None:
    known = [replace(part, average=0.01) for part in answer.classes]
    assert "no training customer uses" not in str(Explanation(replace(answer, classes=known)))
    unknown = [replace(known[0], share=0.25, average=0.0), *known[1:]]
    text = str(Explanation(replace(answer, classes=unknown)))
    assert "25.0 % of its spending is in classes that no training customer uses" in text


def test_a_customer_at_the_neutral_state_has_no_direction(answer: Answer) -> None:
    at_rest = replace(answer, distance=0.0, border_degrees=None, behind=None)
    assert "Its state is the neutral state, so that it has no direction." in str(
        Explanation(at_rest)
    )
    alone = replace(answer, border_degrees=None, behind=None)
    assert "No other trait can become the first" in str(Explanation(alone))


def test_one_trait_has_no_second(answer: Answer) -> None:
    text = str(Explanation(replace(answer, second=None, behind=None, border_degrees=None)))
    assert "There is only one trait" in text and "None" not in text
    assert f"What {answer.first} is made of" in text and "Nothing: there is only one trait." in text


def test_many_steps_are_not_called_exact(answer: Answer) -> None:
    exact = [StepPart(t, 0.1, None, None) for t in range(1, 11)]
    assert "(exact Shapley values)" in str(Explanation(replace(answer, steps=exact)))
    many = [*exact, StepPart(11, 0.2, None, None)]
    text = str(Explanation(replace(answer, steps=many)))
    assert "Step 11 adds the most to the margin (Shapley values, over random orders)." in text


@pytest.mark.parametrize(
    "likely, words",
    [
        (
            True,
            "its traits changed by more than customers' traits did in earlier steps (a likely mover)",
        ),
        (False, "its traits changed no more than customers' traits often did"),
        (None, "too few customers or steps"),
    ],
)
def test_a_mover_is_told_how_likely(answer: Answer, likely: bool | None, words: str) -> None:
    moved = {"long": "openness", "recent": "neuroticism", "change": np.nan, "likely": likely}
    text = str(Explanation(replace(answer, mover=moved)))
    assert f"openness in the long window, neuroticism in the recent one; {words}" in text


def test_where_it_is_heading_is_said_with_its_verdict(answer: Answer) -> None:
    lost = {"label": "", "verdict": "unconverged", "time_constant": np.nan}
    text = str(Explanation(replace(answer, fixed_point=lost)))
    assert "come to rest was not found" in text and "the time constant" not in text
    assert "snakemake attractors" in str(Explanation(replace(answer, fixed_point=None)))


def test_a_reason_is_an_answer() -> None:
    found = Explanation(LeftOut("C1", "fewer than 6 steps"))
    assert str(found).splitlines()[0] == "C1: has no segment"
    assert "It is not in the long window: fewer than 6 steps." in str(found)
    assert json.loads(found.json()) == {"customer": "C1", "reason": "fewer than 6 steps"}
    assert "fewer than 6 steps" in found.html()
