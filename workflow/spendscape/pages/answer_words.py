"""The answer about one customer in words: as plain text, as JSON, and as a page or a notebook's cell."""

import json
from dataclasses import asdict, dataclass, field
from functools import partial

from spendscape.core.json import to_json
from spendscape.core.text import NEEDS_TWO_UNITS
from spendscape.explanation.contributions import MOST_EXACT_STEPS
from spendscape.pages.answers import Answer, LeftOut
from spendscape.pages.environment import render
from spendscape.pages.numbers import number, percent

SHOWN = 10
# Of a fixed point, by its verdict.
PROVED = {
    "certified": "It is proved that its state comes to rest there.",
    "verified": "By the numbers its state comes to rest there; a proof was not found.",
    "unstable": "The state there does not last: the smallest push drives it away.",
    "unconverged": "Where its state would come to rest was not found.",
}
signed = partial(number, decimals=3, sign=True)


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and rows of a table whose first row holds the names of its columns."""

    title: str
    sentences: list[str]
    rows: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Explanation:
    """An answer that shows itself: `print` gives plain text, a notebook a page, `json()` the numbers."""

    answer: Answer | LeftOut
    shown: int = SHOWN

    def __str__(self) -> str:
        lines = [self.heading, ""]
        for section in self.sections:
            lines += [section.title, *(f"  {sentence}" for sentence in section.sentences)]
            lines += [*(f"  {row}" for row in aligned(section.rows)), ""]
        return "\n".join(lines).rstrip()

    def _repr_html_(self) -> str:
        return render("answer_body.html", {"heading": self.heading, "sections": self.sections})

    def html(self) -> str:
        """A page of its own: no script, nothing loaded, every text escaped."""
        return render("answer.html", {"heading": self.heading, "sections": self.sections})

    def json(self) -> str:
        """Every number; what is not there is null."""
        return json.dumps(json.loads(to_json(asdict(self.answer))), indent=2, ensure_ascii=False)

    @property
    def heading(self) -> str:
        """The customer and its segment."""
        if isinstance(self.answer, LeftOut):
            return f"{self.answer.customer}: has no segment"
        return f"{self.answer.customer}: {self.answer.segment}"

    @property
    def sections(self) -> list[Section]:
        """What is said, in the order in which it is asked."""
        if isinstance(self.answer, LeftOut):
            reason = f"It is not in the long window: {self.answer.reason}."
            return [Section("Why there is no segment", [reason])]
        return [
            sure(self.answer),
            why(self.answer, self.shown),
            which_step(self.answer),
            recourse(self.answer),
            heading_for(self.answer),
        ]


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines of columns: names to the left, numbers to the right."""
    if not rows:
        return []
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if k else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def sure(answer: Answer) -> Section:
    """How clear the segment is."""
    if answer.second is None:
        said = ["There is only one trait, so that there is no second one to be told from it."]
    else:
        said = [
            f"{answer.first} is before {answer.second} by {number(answer.margin)} trait units, "
            f"a larger margin than {100 * answer.percentile:.0f} % of the customers have."
        ]
    if answer.trust and answer.second is not None:
        said.append(
            f"Of the {number(answer.trust.customers)} customers with a margin from {number(answer.trust.low)} to "
            f"{number(answer.trust.high)}, the network and the formula name the same first trait for {percent(answer.trust.agreement)}."
        )
    if answer.distance == 0:
        said.append("Its state is the neutral state, so that it has no direction.")
    elif answer.second is None:
        pass
    elif answer.behind is None:
        said.append("No other trait can become the first by a turn of its direction.")
    elif answer.border_degrees is None:
        said.append(
            f"On the other side of the neutral state {answer.behind} is the first trait; how far the border is "
            f"in degrees {NEEDS_TWO_UNITS}."
        )
    else:
        said.append(
            f"Its direction is {number(answer.border_degrees, 1)}° from the nearest border; behind it {answer.behind} "
            f"is the first trait. Its state is {number(answer.distance)} from the neutral one."
        )
    return Section("How sure", said)


def why(answer: Answer, shown: int) -> Section:
    """The margin, class by class."""
    rows = [["class", "adds", "share", "average", "money a year"]]
    rows += [
        [c.name, signed(c.contribution), percent(c.share), percent(c.average), f"{c.money:,.0f}"]
        for c in answer.classes[:shown]
    ]
    rest = answer.classes[shown:]
    if rest:
        total = sum(c.contribution for c in rest)
        rows.append([f"the other {len(rest)} classes", signed(total), "", "", ""])
    rows += [
        ["with average spending", signed(answer.baseline), "", "", ""],
        ["what the network adds to its linear model", signed(answer.remainder), "", "", ""],
        ["the margin", signed(answer.margin), "", "", ""],
    ]
    if answer.second is None:
        said = f"What {answer.first} is made of, compared with average spending, in trait units:"
    else:
        said = f"What puts {answer.first} before {answer.second}, compared with average spending, in trait units:"
    sentences = [said]
    unused = sum(c.share for c in answer.classes if c.average == 0)
    if unused > 0:
        sentences.append(
            f"{percent(unused)} of its spending is in classes that no training customer uses: the model knows nothing of them."
        )
    return Section("Why", sentences, rows)


def which_step(answer: Answer) -> Section:
    """The margin, step by step."""
    rows = [["step", "adds"]]
    for part in answer.steps:
        months = "" if part.first is None else f", {part.first}"
        months += "" if part.first == part.last else f" to {part.last}"
        rows.append([f"{part.step}{months}", signed(part.contribution)])
    rows.append(["with average steps", signed(answer.step_baseline)])
    largest = max(answer.steps, key=lambda part: part.contribution)
    said = "Its margin comes from no step in particular: none adds to it."
    if largest.contribution > 0:
        exact = "exact Shapley values"
        if len(answer.steps) > MOST_EXACT_STEPS:
            exact = "Shapley values, over random orders"
        said = f"Step {largest.step} adds the most to the margin ({exact})."
    return Section("Which step", [said], rows)


def recourse(answer: Answer) -> Section:
    """What would change the label."""
    title, found = "What would change it", answer.recourse
    if answer.second is None:
        return Section(title, ["Nothing: there is only one trait."])
    if not found.swaps or found.label is None:
        return Section(title, ["No one or two swaps of spending were found that change it."])
    mean = ", the mean of the steps' shares" if len(answer.steps) > 1 else ""
    moved = ", and ".join(
        f"{_money(s.money)} a year ({_share(s.fraction)} of spending{mean}) from {s.source} to {s.target}"
        for s in found.swaps
    )
    checked = "The network confirms it." if found.verified else "The network does not confirm it."
    return Section(title, [f"With {moved}, {found.label} would be the first trait. {checked}"])


def _money(amount: float) -> str:
    """Without cents from 10 on."""
    return f"{amount:,.0f}" if amount >= 10 else number(amount, 2)


def _share(part: float) -> str:
    return percent(part) if part >= 0.0005 else "less than 0.1 %"


def heading_for(answer: Answer) -> Section:
    """Where the customer goes, and whether it moved."""
    said = []
    if answer.mover is not None:
        moved = answer.mover
        change = (
            f"{moved['long']} in the long window, {moved['recent']} in the recent one"
            if moved["long"] != moved["recent"]
            else f"{moved['long']} in both windows"
        )
        by_chance = {
            True: "its traits changed by more than customers' traits did in earlier steps (a likely mover)",
            False: "its traits changed no more than customers' traits often did in earlier steps",
            None: "too few customers or steps to compare its change with those of earlier steps",
        }
        said.append(f"First trait: {change}; {by_chance[moved['likely']]}.")
    found = answer.fixed_point
    if found is None:
        said.append("This run has no fixed points yet: snakemake attractors makes them.")
    else:
        if found["label"]:
            change = "stays" if found["label"] == answer.first else "becomes"
            said.append(
                f"If it goes on spending as it did on average, {found['label']} {change} the first trait; the time "
                f"constant is {number(found['time_constant'])} steps."
            )
        said.append(PROVED.get(found["verdict"], f"Verdict: {found['verdict']}."))
    return Section("Where it is heading", said)
