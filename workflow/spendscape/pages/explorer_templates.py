"""What the explorer's page is made of. Snakemake reads this at every start, so it imports nothing."""

PAGE, STYLE = "explorer/page.html", "explorer/style.css"
# In the order in which they stand in the page's one script.
SCRIPTS = (
    "explorer/data.js",
    "explorer/turning.js",
    "explorer/webgl.js",
    "explorer/flat.js",
    "explorer/colours.js",
    "explorer/scene.js",
    "explorer/view.js",
    "explorer/panel.js",
    "explorer/lasso.js",
    "explorer/search.js",
    "explorer/main.js",
)
TEMPLATES = (PAGE, STYLE, *SCRIPTS)
