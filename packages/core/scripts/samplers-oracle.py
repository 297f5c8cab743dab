#!/usr/bin/env python3
"""Expected values for packages/core/src/samplers from imbalanced-learn and SciPy.

Debian 12: apt-get install python3-imblearn, then
    /usr/bin/python3 packages/core/scripts/samplers-oracle.py
writes packages/core/test/fixtures/samplers-oracle.json: what imbalanced-learn decides without chance (resolved counts,
neighbors, rows in danger, ADASYN's count of each row), how often it drew what in many draws, and SciPy's clusters. Latents
are multiples of 1/1024, so that both sides read the same numbers. What imbalanced-learn keeps to itself is taken on the
way: from the arguments of the functions that it calls.
"""

import json
import pathlib
import warnings
from unittest import mock

import imblearn
import numpy as np
import scipy
import sklearn
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.utils import check_sampling_strategy
from scipy.cluster.hierarchy import fcluster, linkage

TARGET = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "samplers-oracle.json"
CLASS_COUNTS = [90, 40, 60, 12]
DIMENSIONS = 6
MANY = 20000
STEP_BINS = 40


def made_up(random):
    labels = np.repeat(np.arange(len(CLASS_COUNTS)), CLASS_COUNTS)
    random.shuffle(labels)
    centers = random.normal(size=(len(CLASS_COUNTS), DIMENSIONS))
    latents = centers[labels] + random.normal(size=(len(labels), DIMENSIONS))
    return np.rint(latents * 1024) / 1024, labels


def strategies():
    """Resolved counts, or null where imbalanced-learn refuses."""
    label_counts = [{0: 50, 1: 20}, {0: 20, 1: 50}, {0: 30, 1: 30}, {2: 9, 5: 40, 7: 40, 9: 12}, {0: 9, 1: 9, 2: 9}]
    asked = ["auto", "minority", "not minority", "not majority", "all", 0.5, 0.77, 1.0, 0.4, 1.5, 0.0, -0.5]
    by_hand = [{}, {0: 60}, {1: 50}, {0: 50, 1: 100}, {0: 10}, {1: -3}, {8: 10}, {2: 9, 7: 44}]
    cases = []
    for counts in label_counts:
        y = np.repeat(list(counts), list(counts.values()))
        for strategy in asked + by_hand:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # more rows than the largest class is allowed
                    resolved = check_sampling_strategy(strategy, y, "over-sampling")
                expected = {int(label): int(count) for label, count in resolved.items()}
            except ValueError:
                expected = None
            cases.append({"counts": counts, "strategy": strategy, "expected": expected})
    return cases


def recording(base):
    """The sampler, with what `_generate_samples` was given: rows, their neighbors and the steps."""

    class Recording(base):
        def _generate_samples(self, X, nn_data, nn_num, rows, cols, steps):
            self.drawn = (rows, nn_num[rows, cols], np.asarray(steps).ravel())
            return super()._generate_samples(X, nn_data, nn_num, rows, cols, steps)

    return Recording


def histogram(steps):
    return np.histogram(steps, bins=STEP_BINS, range=(0, 1))[0].tolist()


def pair_counts(pairs):
    """How often each pair of rows was drawn, by `first-second`."""
    names, counts = np.unique([f"{a}-{b}" for a, b in pairs], return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts)}


def without_chance(latents, labels):
    result = {"smote": [], "danger": [], "adasyn": []}
    smote = SMOTE(random_state=0)
    smote.fit_resample(latents, labels)
    borderline = BorderlineSMOTE(random_state=0)
    borderline.fit_resample(latents, labels)
    for label in range(len(CLASS_COUNTS)):
        rows = np.flatnonzero(labels == label)
        neighbors = smote.nn_k_.fit(latents[rows]).kneighbors(latents[rows], return_distance=False)[:, 1:]
        result["smote"].append(rows[neighbors].tolist())
        danger = borderline._in_danger_noise(borderline.nn_m_, latents[rows], label, labels)
        result["danger"].append(rows[danger].tolist())
    for strategy in ["auto", {1: 140, 2: 500, 3: 13 + 4}]:
        counts = []
        repeat = np.repeat

        def record(values, repeats, **rest):
            counts.append(np.asarray(repeats).tolist())
            return repeat(values, repeats, **rest)

        adasyn = ADASYN(random_state=0, sampling_strategy=strategy)
        with mock.patch("imblearn.over_sampling._adasyn.np.repeat", record), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, new_labels = adasyn.fit_resample(latents, labels)
        after = [int(np.sum(new_labels == label)) for label in range(len(CLASS_COUNTS))]
        result["adasyn"].append({"strategy": strategy, "rowCounts": counts, "after": after})
    return result


def by_chance(latents, labels):
    """Draws for one class of MANY rows."""
    label = 1
    rows = np.flatnonzero(labels == label)
    strategy = {label: len(rows) + MANY}
    result = {"label": label, "count": MANY, "stepBins": STEP_BINS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        random = RandomOverSampler(random_state=1, sampling_strategy=strategy)
        random.fit_resample(latents, labels)
        drawn = random.sample_indices_[len(labels):]
        result["random"] = pair_counts(zip(drawn, drawn))

        smote = recording(SMOTE)(random_state=2, sampling_strategy=strategy)
        smote.fit_resample(latents, labels)
        first, second, steps = smote.drawn
        result["smote"] = {"pairs": pair_counts(zip(rows[first], rows[second])), "steps": histogram(steps)}

        borderline = recording(BorderlineSMOTE)(random_state=3, sampling_strategy=strategy)
        borderline.fit_resample(latents, labels)
        first, second, steps = borderline.drawn
        danger = rows[borderline._in_danger_noise(borderline.nn_m_, latents[rows], label, labels)]
        result["borderline1"] = {"pairs": pair_counts(zip(danger[first], rows[second])), "steps": histogram(steps)}

        # The second kind's last call goes towards other classes; its steps reach half the way.
        borderline = recording(BorderlineSMOTE)(random_state=4, sampling_strategy=strategy, kind="borderline-2")
        borderline.fit_resample(latents, labels)
        result["borderline2Steps"] = histogram(borderline.drawn[2])
        shares = np.random.RandomState(5)
        result["shares"] = [round(float(shares.beta(10, 10)), 6) for _ in range(1000)]

        adasyn = ADASYN(random_state=6, sampling_strategy=strategy)
        made, _ = adasyn.fit_resample(latents, labels)
        near = adasyn.nn_.fit(latents[rows]).kneighbors(latents[rows], return_distance=False)[:, 1:]
        result["adasyn"] = adasyn_draws(latents, rows, near, made[len(labels):])
    return result


def adasyn_draws(latents, rows, near, made):
    """ADASYN tells nobody what it drew: the segment that a row lies on, and where, is found from the row."""
    starts = np.repeat(latents[rows], near.shape[1], axis=0)
    spans = latents[rows][near.ravel()] - starts
    lengths = np.sum(spans * spans, axis=1)
    pairs, steps = [], []
    for row in made:
        along = np.sum((row - starts) * spans, axis=1) / lengths
        off = np.sum((row - starts - along[:, None] * spans) ** 2, axis=1)
        off[(along < 0) | (along >= 1)] = np.inf
        # Two rows that are each other's neighbors share a segment; the pair is kept without its direction.
        best = int(np.argmin(off))
        a, b = rows[best // near.shape[1]], rows[near.ravel()[best]]
        pairs.append((min(a, b), max(a, b)))
        steps.append(along[best] if a < b else 1 - along[best])
    return {"pairs": pair_counts(pairs), "steps": histogram(steps)}


def clusters(latents, labels):
    rows = np.flatnonzero(labels == 2)
    tree = linkage(latents[rows], method="average")
    heights = tree[:, 2]
    result = []
    for at in [0, 10, 30, 45, 55, len(heights) - 1]:
        threshold = float(heights[at] + (heights[min(at + 1, len(heights) - 1)] - heights[at]) / 2)
        result.append({"threshold": threshold, "clusters": fcluster(tree, threshold, criterion="distance").tolist()})
    return {"rows": rows.tolist(), "cuts": result}


def main():
    latents, labels = made_up(np.random.default_rng(20261))
    document = {
        "madeWith": {
            "imbalanced-learn": imblearn.__version__,
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
            "numpy": np.__version__,
        },
        "dimensions": DIMENSIONS,
        "latents": latents.ravel().tolist(),
        "labels": labels.tolist(),
        "strategies": strategies(),
        **without_chance(latents, labels),
        "draws": by_chance(latents, labels),
        "clusters": clusters(latents, labels),
    }
    TARGET.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
