#!/usr/bin/env python3
"""Expected values for packages/core/src/reproduce/statistics from scipy.

Debian 12: apt-get install python3-scipy, then
    /usr/bin/python3 packages/core/scripts/statistics-oracle.py
writes packages/core/test/fixtures/statistics-oracle.json. scipy's exact signed-rank test knows no ties; with ties
the probabilities are counted here over all 2^n signs.
"""

import itertools
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

TARGET = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "statistics-oracle.json"
rng = np.random.default_rng(20260101)


def signed_rank(name, differences):
    differences = [float(value) for value in differences]
    kept = np.array([value for value in differences if value != 0])
    ranks = stats.rankdata(np.abs(kept))
    observed = ranks[kept > 0].sum()
    if len(set(np.abs(kept))) == len(kept):
        source = "scipy"
        greater = stats.wilcoxon(kept, alternative="greater", mode="exact").pvalue
        less = stats.wilcoxon(kept, alternative="less", mode="exact").pvalue
        two_sided = stats.wilcoxon(kept, alternative="two-sided", mode="exact").pvalue
    else:
        source = "all signs"
        sums = np.array([np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=len(kept))])
        greater = float(np.mean(sums >= observed))
        less = float(np.mean(sums <= observed))
        two_sided = min(1.0, 2 * min(greater, less))
    return {
        "name": name,
        "source": source,
        "differences": differences,
        "positiveRanks": float(observed),
        "greater": float(greater),
        "less": float(less),
        "twoSided": float(two_sided),
    }


def mean_interval(values, level):
    values = [float(value) for value in values]
    low, high = stats.t.interval(level, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    return {"values": values, "level": level, "mean": float(np.mean(values)), "low": float(low), "high": float(high)}


def holm(probabilities):
    """Holm 1979, as statsmodels' multipletests(method='holm') has it."""
    order = np.argsort(probabilities, kind="stable")
    scaled = [(len(order) - k) * probabilities[i] for k, i in enumerate(order)]
    adjusted = np.minimum(1, np.maximum.accumulate(scaled))
    result = [0.0] * len(order)
    for k, i in enumerate(order):
        result[i] = float(adjusted[k])
    return {"probabilities": probabilities, "adjusted": result}


digits = lambda values: np.round(values, 4)
fixture = {
    "scipy": scipy.__version__,
    "studentT": [
        {"probability": p, "freedom": f, "quantile": float(stats.t.ppf(p, f)), "back": float(stats.t.cdf(1.5, f))}
        for p in (0.5, 0.6, 0.95, 0.975, 0.995, 0.025)
        for f in (1, 2, 3, 4, 9, 30, 200)
    ],
    "signedRank": [
        signed_rank("five of one sign", [0.1, 0.2, 0.3, 0.4, 0.5]),
        signed_rank("five of the other sign", [-0.1, -0.2, -0.3, -0.4, -0.5]),
        signed_rank("one", [0.3]),
        *[signed_rank(f"{n} around 0", digits(rng.normal(0, 1, n))) for n in (2, 3, 5, 8, 10, 20)],
        *[signed_rank(f"{n} around 0.7", digits(rng.normal(0.7, 1, n))) for n in (5, 8, 12, 20)],
        signed_rank("ties", [1, 1, -1, 2, 2, -3, 4]),
        signed_rank("zeros and ties", [0, 0.5, -0.5, 0.5, 0, 1.5, 2, -0.25]),
        signed_rank("all equal", [0.5, 0.5, 0.5, -0.5, 0.5, 0.5]),
    ],
    "meanInterval": [
        mean_interval(digits(rng.normal(m, s, n)), level)
        for n, m, s, level in ((2, 0.9, 0.01, 0.95), (3, 0, 1, 0.95), (5, 0.85, 0.004, 0.95), (5, 0.85, 0.004, 0.9), (20, -3, 2, 0.99))
    ],
    "holm": [
        holm([0.01, 0.04, 0.03, 0.005]),
        holm([0.5]),
        holm([0.03125] * 10),
        holm([0.9, 0.01, 0.02, 0.02, 0.3]),
    ],
}
TARGET.write_text(json.dumps(fixture, indent=1) + "\n")
