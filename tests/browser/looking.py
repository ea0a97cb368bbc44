"""What a person sees of a page, as numbers: boxes, what is cut off, what covers what, and what axe says."""

from pathlib import Path
from typing import Any

# How far a landmark may move, in pixels and as a share of its size, before a look at it is due: other fonts do that much.
MOVES, STRETCHES = 24, 0.15
Box = tuple[float, float, float, float]

# The rectangles of the elements of a selector that are shown, in coordinates of the document.
BOXES = """selector => [...document.querySelectorAll(selector)].filter(found => found.checkVisibility()).map(found => {
  const box = found.getBoundingClientRect();
  return [box.x + scrollX, box.y + scrollY, box.width, box.height];
})"""
# Texts that leave the screen at the side, and are not in something that scrolls by itself.
BESIDE = """() => {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !parent.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    let around = parent, free = true;
    for (; around && around !== document.body; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (style.overflowX !== "visible" || style.clipPath !== "none") free = false;
    }
    if (!free) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const box = range.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1)) found.push(texts.currentNode.data.trim().slice(0, 60));
  }
  return found;
}"""


def boxes(page: Any, selector: str) -> list[Box]:
    """x, y, width and height of each shown element."""
    return [tuple(box) for box in page.evaluate(BOXES, selector)]


def sideways(page: Any) -> float:
    """By how many pixels the page is wider than its window."""
    return float(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def beside(page: Any) -> list[str]:
    """The beginnings of texts that cannot be read without scrolling sideways."""
    return list(page.evaluate(BESIDE))


def overlapping(page: Any, *selectors: str) -> list[str]:
    """Pairs of shown elements of these selectors that cover each other by more than a pixel; none of one inside the other."""
    found = sorted(
        ((selector, box) for selector in selectors for box in boxes(page, selector)),
        key=lambda one: one[1][1],
    )
    pairs = []
    for k, (first, box) in enumerate(found):
        for second, other in found[k + 1 :]:
            if other[1] >= box[1] + box[3] - 1:
                break
            across = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
            if across > 1 and other[3] > 1:
                pairs.append(f"{first} {box} and {second} {other}")
    return pairs


def serious(page: Any, **options: Any) -> list[str]:
    """What axe-core finds wrong that keeps people from reading or using the page: rule, place, help."""
    from axe_playwright_python.sync_playwright import Axe

    # Half faded in, a word has another contrast.
    page.evaluate("Promise.allSettled(document.getAnimations().map(own => own.finished))")
    found = Axe().run(page, options=options or None).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {', '.join(str(node['target']) for node in rule['nodes'][:3])}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


def moved(seen: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    """The landmarks whose box is elsewhere or of another size than the stored one, or that came or went."""
    wrong = [f"{name} is new" for name in seen.keys() - stored.keys()]
    wrong += [f"{name} is gone" for name in stored.keys() - seen.keys()]
    for name in seen.keys() & stored.keys():
        pairs = zip(("x", "y", "width", "height"), seen[name], stored[name], strict=True)
        wrong += [
            f"{name}: {side} was {there}, is {here}"
            for side, here, there in pairs
            if there is not None and abs(here - there) > max(MOVES, STRETCHES * there)
        ]
    return sorted(wrong)


def named(path: Path, results: Path) -> str:
    """How the stored boxes call a page; the cards differ by run and share a name."""
    return (
        "card"
        if path.parent.name == "explain" and path.stem != "environment"
        else str(path.relative_to(results))
    )
