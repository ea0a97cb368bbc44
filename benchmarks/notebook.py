"""The notebook that one would write instead: python benchmarks/notebook.py RAW OUT.

RAW holds one file a year, transactions_YEAR.parquet (customer_id, booked, class, amount), OUT takes what comes out: the tensors, the
network, states, the surrogates' scores, the hypercube, the trajectories of T′ = 100 steps, the attractors and the
study's six figures. It is pandas, Keras' own `fit`, scikit-learn and matplotlib as their documentation shows them, and uses
nothing of spendscape. A file is read at a time and T′ = 100 is predicted for some customers at a time, because otherwise
260,000 customers would not fit into 24 GiB; all else is written the short way. `benchmarks/pipeline.py` times it.
"""
# mypy: ignore-errors
# A notebook has no types.

# %% What is needed, and where the files are
import itertools
import json
import sys
from pathlib import Path

import keras
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.metrics import r2_score, silhouette_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

RAW, OUT = Path(sys.argv[1]), Path(sys.argv[2])
CONFIG = Path(__file__).resolve().parents[1] / "config"
OUT.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(20)

classes = pd.read_csv(CONFIG / "taxonomy/classes.csv", comment="#")["class"]
coefficients = pd.read_csv(CONFIG / "coefficients/illustrative_big_five.csv", comment="#")
coefficients = coefficients.set_index("class").reindex(classes).fillna(0)
traits = list(coefficients.columns)
colours = dict(zip(traits, plt.get_cmap("tab10").colors, strict=False))

# %% Transactions to yearly sums, customer × class, and the last year in steps of two months
files = sorted(RAW.glob("transactions_*.parquet"))
years = []
for file in files:
    rows = pd.read_parquet(file, columns=["customer_id", "class", "amount"])
    sums = rows.groupby(["customer_id", "class"], observed=True)["amount"].sum()
    years.append(
        sums.unstack(fill_value=0).rename(index=str).reindex(columns=classes, fill_value=0)
    )

rows = pd.read_parquet(files[-1], columns=["customer_id", "booked", "class", "amount"])
rows["step"] = (pd.to_datetime(rows["booked"]).dt.month - 1) // 2
sums = rows.groupby(["customer_id", "step", "class"], observed=True)["amount"].sum()
sums = sums.unstack(fill_value=0).reindex(columns=classes, fill_value=0).reset_index("step")
months = [part.drop(columns="step").rename(index=str) for _, part in sums.groupby("step")]
del rows, sums

# %% The tensors: spending fractions of the customers who have every step


def fractions(steps):
    """Customers, and N × T × C fractions."""
    steps = [step.clip(lower=0) for step in steps]
    steps = [step[step.sum(axis=1) > 0] for step in steps]
    customers = steps[0].index
    for step in steps[1:]:
        customers = customers.intersection(step.index)
    tensor = np.stack([step.loc[customers].to_numpy() for step in steps], axis=1)
    return customers, (tensor / tensor.sum(axis=2, keepdims=True)).astype("float32")


customers, spending = fractions(years)
recent_customers, recent = fractions(months)
del years, months

# %% The targets: the formula's traits, standardised, in [-1, 1]
mean_spending = spending.mean(axis=1)
scores = StandardScaler().fit_transform(mean_spending @ coefficients.to_numpy())
targets = (scores / np.abs(scores).max()).astype("float32")
dominant = targets.argmax(axis=1)
train, rest = train_test_split(np.arange(len(customers)), test_size=0.3, random_state=20)
validation, test = train_test_split(rest, test_size=0.5, random_state=20)
np.savez(
    OUT / "tensors.npz",
    customers=customers.to_numpy(str),
    spending=spending,
    recent=recent,
    targets=targets,
)

# %% The network: three units, every step answers, and early stopping
normalise = keras.layers.Normalization()
normalise.adapt(spending[train])
lstm = keras.layers.LSTM(3, return_sequences=True)
dense = keras.layers.Dense(len(traits))
inputs = keras.Input((None, len(classes)))
states_of_inputs = lstm(normalise(inputs))
model = keras.Model(inputs, dense(states_of_inputs))
model.compile(keras.optimizers.Adam(0.005), "mse")


def every_step(values):
    """The same target in each of the six steps."""
    return np.repeat(values[:, None], spending.shape[1], axis=1)


history = model.fit(
    spending[train],
    every_step(targets[train]),
    validation_data=(spending[validation], every_step(targets[validation])),
    batch_size=256,
    epochs=100,
    callbacks=[keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)],
    verbose=0,
)
model.save(OUT / "lstm.keras")
predicted = model.predict(spending[test], batch_size=1024, verbose=0)[:, -1]
network_r2 = r2_score(targets[test], predicted, multioutput="raw_values")

# %% The states: every customer's trajectory, in both windows
state_model = keras.Model(inputs, states_of_inputs)
states = state_model.predict(spending, batch_size=1024, verbose=0)
recent_states = state_model.predict(recent, batch_size=1024, verbose=0)
np.savez(OUT / "states.npz", long=states, recent=recent_states)

# %% The surrogates: the direction's two angles from mean spending
last = states[:, -1]
angles = np.column_stack(
    [np.arctan2(last[:, 1], last[:, 0]), np.arcsin(last[:, 2] / np.linalg.norm(last, axis=1))]
)
families = {
    "linear": LinearRegression(),
    "ridge": RidgeCV([0.01, 0.1, 1, 10, 100]),
    "polynomial": make_pipeline(PCA(30), PolynomialFeatures(2), LinearRegression()),
    "tree": DecisionTreeRegressor(min_samples_leaf=20, random_state=20),
}
surrogate_r2 = {}
for name, family in families.items():
    family.fit(mean_spending[train], angles[train])
    explained = family.predict(mean_spending[test])
    surrogate_r2[name] = r2_score(angles[test], explained, multioutput="raw_values").tolist()
explained_angles = families["linear"].predict(mean_spending)
pd.DataFrame(families["linear"].coef_.T, classes, ["azimuth", "elevation"]).to_csv(
    OUT / "coefficients.csv"
)

# %% The hypercube: outputs of a grid of states, and the inverse regression by a pseudo-inverse
weights, bias = dense.get_weights()
grid = np.array(list(itertools.product(np.linspace(-1, 1, 21), repeat=3)))
reachable = grid @ weights + bias
with_one = np.column_stack([reachable, np.ones(len(reachable))])
inverse = np.linalg.pinv(with_one) @ grid
magnitude = reachable.max(axis=0)
origin = inverse[-1]
axes_of_traits = np.diag(magnitude) @ inverse[:-1]
np.savez(OUT / "space.npz", reachable=reachable, inverse=inverse, axes=axes_of_traits)

# %% T′ = 100: mean spending in every step
extended = np.concatenate(
    [
        state_model.predict(np.repeat(some[:, None], 100, axis=1), batch_size=1024, verbose=0)
        for some in np.array_split(mean_spending, -(-len(mean_spending) // 10_000))
    ]
)
np.save(OUT / "extended.npy", extended)
ends = extended[:, -1]
locations = targets @ inverse[:-1] + origin

# %% The attractors: a curve where the last states of a trait are a line, else clusters
attractors = {}
for k, trait in enumerate(traits):
    own = ends[dominant == k]
    line = PCA(3).fit(own)
    if line.explained_variance_ratio_[0] > 0.9:
        along = line.transform(own)[:, 0]
        curve = np.polyfit(along, own, 2)
        attractors[trait] = {
            "kind": "curve",
            "polynomial": curve.tolist(),
            "range": np.percentile(along, [1, 99]).tolist(),
        }
        continue
    tried = {n: KMeans(n, n_init=10, random_state=20).fit(own) for n in (2, 3, 4, 5)}
    worth = {
        n: silhouette_score(own, found.labels_, sample_size=2000, random_state=20)
        for n, found in tried.items()
    }
    best = max(worth, key=worth.get)
    places = tried[best].cluster_centers_ if worth[best] > 0.5 else own.mean(axis=0, keepdims=True)
    attractors[trait] = {"kind": "points", "places": places.tolist()}
(OUT / "attractors.json").write_text(json.dumps(attractors))

# %% Figure 1: trajectories; a steady customer and a mover in both windows
random = np.random.default_rng(20)
some = random.choice(len(customers), min(1000, len(customers)), replace=False)
both = recent_customers.intersection(customers)
row, recent_row = customers.get_indexer(both), recent_customers.get_indexer(both)
before = (states[row, -1] @ weights + bias).argmax(axis=1)
after = (recent_states[recent_row, -1] @ weights + bias).argmax(axis=1)
change = np.linalg.norm(states[row, -1] - recent_states[recent_row, -1], axis=1)
steady = np.where(before == after, change, np.inf).argmin()
mover = np.where(before != after, change, -np.inf).argmax()
figure, panels = plt.subplots(1, 3, figsize=(15, 5), subplot_kw={"projection": "3d"})
for n in some:
    panels[0].plot(*states[n].T, color=colours[traits[dominant[n]]], lw=0.5, alpha=0.4)
for panel, title, n in ((panels[1], "steady", steady), (panels[2], "mover", mover)):
    panel.plot(*states[row[n]].T, "o-", label="six years")
    panel.plot(*recent_states[recent_row[n]].T, "o-", label="last year")
    panel.set_title(f"{title}: {both[n]}")
    panel.legend()
figure.savefig(OUT / "figure_1.png", dpi=150)

# %% Figure 2: the angles, level by level
order = np.argsort(-targets, axis=1)
figure, panels = plt.subplots(2, 2, figsize=(12, 10))
inside = np.ones(len(customers), bool)
for level, panel in enumerate(panels.flat):
    for k, trait in enumerate(traits):
        own = inside & (order[:, level] == k)
        panel.scatter(*explained_angles[own].T, s=1, color=colours[trait], label=trait)
    panel.set_title(f"level {level + 1}")
    panel.legend(markerscale=5)
    inside &= order[:, level] == np.bincount(order[inside, level]).argmax()
figure.savefig(OUT / "figure_2.png", dpi=150)

# %% Figure 3: extended trajectories and their predicted final locations
figure, panels = plt.subplots(2, 3, figsize=(15, 10), subplot_kw={"projection": "3d"})
for k, (trait, panel) in enumerate(zip(traits, panels.flat, strict=False)):
    for n in np.flatnonzero(dominant == k)[:100]:
        panel.plot(*extended[n].T, color=colours[trait], lw=0.5)
        panel.scatter(*locations[n], marker="x", color="black", s=10)
    panel.set_title(trait)
figure.savefig(OUT / "figure_3.png", dpi=150)

# %% Figure 4: the attractors
figure = plt.figure(figsize=(8, 8))
panel = figure.add_subplot(projection="3d")
for n in some:
    panel.plot(*extended[n].T, color=colours[traits[dominant[n]]], lw=0.3, alpha=0.3)
for trait, found in attractors.items():
    if found["kind"] == "curve":
        along = np.linspace(*found["range"], 50)[:, None]
        a, b, c = np.array(found["polynomial"])
        panel.plot(*(a * along**2 + b * along + c).T, color=colours[trait], lw=6, label=trait)
    else:
        panel.scatter(*np.array(found["places"]).T, color=colours[trait], s=200, label=trait)
panel.legend()
figure.savefig(OUT / "figure_4.png", dpi=150)

# %% Figure 5: the reachable outputs, in pairs
figure, panels = plt.subplots(2, 5, figsize=(20, 8))
for (i, j), panel in zip(itertools.combinations(range(len(traits)), 2), panels.flat, strict=False):
    panel.scatter(reachable[:, i], reachable[:, j], s=1, color="lightgrey")
    panel.scatter(
        targets[some, i], targets[some, j], s=1, c=[colours[traits[k]] for k in dominant[some]]
    )
    panel.set(xlabel=traits[i], ylabel=traits[j])
figure.savefig(OUT / "figure_5.png", dpi=150)

# %% Figure 6: the traits' axes in the state space
figure = plt.figure(figsize=(8, 8))
panel = figure.add_subplot(projection="3d")
for trait, axis in zip(traits, axes_of_traits, strict=True):
    panel.plot(*np.stack([origin, origin + axis]).T, color=colours[trait], lw=3, label=trait)
panel.legend()
figure.savefig(OUT / "figure_6.png", dpi=150)

# %% What came out
found = {
    "customers": len(customers),
    "epochs": len(history.history["loss"]),
    "network_r2": dict(zip(traits, network_r2.tolist(), strict=True)),
    "surrogate_r2": surrogate_r2,
    "attractors": {trait: found["kind"] for trait, found in attractors.items()},
}
(OUT / "found.json").write_text(json.dumps(found, indent=1))
print(json.dumps(found, indent=1))
