"""The templates' environment: escaping, and values that are missing."""

import pytest
from jinja2 import UndefinedError

from spendscape.pages.environment import environment, escaped, render


def test_every_value_is_escaped() -> None:
    made = environment().from_string("{{ value }}").render(value="<b>&")
    assert made == "&lt;b&gt;&amp;"
    assert escaped('<b>"it\'s"') == "&lt;b&gt;&quot;it&#x27;s&quot;"


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("card.html", {})


def test_numbers_can_be_written_in_templates() -> None:
    text = "{{ 1234 | number }} {{ 0.5 | number(1, true) }} {{ 0.5 | percent }} {{ 1 | share(4) }} {{ '2' | money }}"
    made = environment().from_string(text).render()
    assert made == "1,234 +0.5 50.0 % 25.0 % 2.00"
