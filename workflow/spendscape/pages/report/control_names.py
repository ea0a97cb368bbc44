"""Names for those controls of Snakemake's report that show only a picture, so that a screen reader can say them."""

import json

# Snakemake's icons by the first words of their paths, and what a click on them does.
ICONS = {
    "M3 5a1": "Show the menu",
    "M4.293 4.293": "Hide the menu",
    "M10.707 2.293": "Home",
    "M10 12a2": "Show this result",
    "M18 10a8": "About this result",
}
# Run again after every change, because the report draws its parts when they are asked for.
SCRIPT = """
<script>
(() => {
  const icons = %s;
  const path = found => found.querySelector("path")?.getAttribute("d") ?? "";
  const named = found => Object.keys(icons).find(start => path(found).startsWith(start));
  const give = (found, words) => { if (words && found.getAttribute("aria-label") !== words) found.setAttribute("aria-label", words); };
  const look = () => {
    for (const found of document.querySelectorAll("a")) if (!found.textContent.trim()) give(found, icons[named(found)] ?? found.title);
    for (const found of document.querySelectorAll("input[placeholder]")) give(found, found.title || found.placeholder);
    for (const found of document.querySelectorAll("summary")) if (!found.textContent.trim()) give(found, "Save this picture");
    for (const found of document.querySelectorAll("img:not([alt])")) found.alt = "";
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
})();
</script>
"""


def with_names(page: str) -> str:
    """Snakemake's report with a name for every control; a page without an end of its body as it is."""
    rest, end, after = page.rpartition("</body>")
    if not end:
        return page
    return rest + SCRIPT % json.dumps(ICONS) + end + after
