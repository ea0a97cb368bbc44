"""What the traits are and what they are not, in sentences for the people who read the pages."""

from collections.abc import Mapping

from spendscape.traits.formula import TraitFormula

NOT_A_PERSONALITY = (
    "The traits are {}, not a measured personality: {}. A high value says that a customer spends as the "
    "formula expects of people with that trait, and no more. Published correlations between such scores "
    "and questionnaires are about 0.15, so a single customer's personality cannot be read from them."
)


def meaning(formula: TraitFormula, r2: Mapping[str, Mapping[str, float]]) -> str:
    """What the traits are and what they are not, in the words of every page that shows some.

    Parameters
    ----------
    r2 : of model/metrics.json, the network's R² of each trait on unseen customers
    """
    if formula.measured is None:
        return NOT_A_PERSONALITY.format(*formula.words)
    known = formula.measured
    return (
        f"The traits were measured, for {known['measured']:,} of {known['customers']:,} customers (traits.measured "
        "in the config). For all others, and in every segment, they are the network's estimate from spending. Its "
        f"R² on unseen customers: {_scores({name: entry['value'] for name, entry in r2.items()})}. Published "
        "correlations between spending and questionnaires are about 0.15, an R² of about 0.02: a low R² is to be "
        "expected, and says that an estimate tells next to nothing about one person. At 0 or below, estimates are "
        "no better than one value for everybody; a high R² calls for a look at how the table was made. "
        f"{fitted(formula)}"
    )


def fitted(formula: TraitFormula) -> str:
    """How far a formula stands in for measured traits, in words; '' where it made the traits."""
    if formula.measured is None:
        return ""
    return (
        "The formula of spending, which some comparisons need beside the network, is a linear one fitted to "
        f"the measured traits; its R² on unseen customers: {_scores(formula.measured['r2'])}."
    )


def _scores(values: Mapping[str, float]) -> str:
    """Each trait with its value."""
    return ", ".join(f"{name} {f'{value:.2f}'.replace('-', '−')}" for name, value in values.items())
