"""Cards: one page per customer: why it has its label, how sure that is, and what would change it."""

from typing import Any

from spendscape.pages import card_sections as sections
from spendscape.pages.card_data import Customer, Reference
from spendscape.pages.environment import render
from spendscape.pages.numbers import unit_of_money


def card(customer: Customer, reference: Reference, shown: int) -> str:
    """The card as one HTML page: no script, nothing loaded, every text escaped.

    Parameters
    ----------
    shown : spending classes with a bar of their own, the most influential first
    """
    return render("card.html", content(customer, reference, shown))


def content(customer: Customer, reference: Reference, shown: int) -> dict[str, Any]:
    """What the template shows, as plain values, section by section."""
    return {
        "customer": customer.identity,
        "currency": reference.currency,
        "unit_of_money": unit_of_money(reference.currency),
        "label": sections.label(customer, reference),
        "sure": sections.sure(customer, reference),
        "why": sections.why(customer, reference, shown),
        "steps": sections.steps(customer),
        "change": sections.change(customer, reference),
        "lately": sections.lately(customer, reference, shown),
        "heading": sections.heading(customer, reference),
        "trust": sections.trust(customer, reference),
        "print": sections.small_print(customer, reference),
        "numbers": sections.all_numbers(customer, reference),
    }
