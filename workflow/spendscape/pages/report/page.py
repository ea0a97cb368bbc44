"""A page of the report, as a row of a table that the rules and the script read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """A page of the report.

    Attributes
    ----------
    name : of its file, report/<name>.html, and of its template, templates/report/<name>.html
    category, label : where the report lists it, and what as; a page without a category is not listed
    inputs : the results files that it shows, by the name of the argument of `context`
    context : makes what the template shows of what the files hold: of a JSON file its value, of a
        CSV file its rows as dicts, of a Parquet file how often each text occurs in each column
    caption : file in workflow/report/ with the report's words beside the page
    when : the condition (`running.contract.CONDITIONS`) under which there is such a page; None: always
    """

    name: str
    category: str | None
    label: str
    inputs: Mapping[str, str]
    context: Callable[..., dict[str, Any]]
    caption: str = "page.rst"
    when: str | None = None

    @property
    def template(self) -> str:
        """The name of its template."""
        return f"report/{self.name}.html"
