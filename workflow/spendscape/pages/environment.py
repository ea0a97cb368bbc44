"""The Jinja2 environment that fills in every page's template."""

import html
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from spendscape.core.counts import counted
from spendscape.core.text import in_currency
from spendscape.pages import numbers


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template of pages/templates filled in.

    Every text is escaped, and a value that the template names and `values` lacks is an error.
    """
    return environment().get_template(template).render(values)


@cache
def environment() -> Environment:
    """The environment, with the filters that templates use."""
    made = Environment(
        loader=PackageLoader("spendscape.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": numbers.number,
        "interval": numbers.interval,
        "percent": numbers.percent,
        "share": numbers.share,
        "money": numbers.money,
        "counted": counted,
        "in_currency": in_currency,
        "escaped": escaped,
    }
    return made


def escaped(text: str) -> Markup:
    """Text escaped as `html.escape` does it, which all of a report's tables and paragraphs are.

    Jinja2 itself writes quotation marks as other entities; both read the same.
    """
    return Markup(html.escape(text))
