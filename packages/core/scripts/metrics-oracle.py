#!/usr/bin/env python3
"""Expected values for packages/core/src/metrics from scikit-learn and imbalanced-learn.

Debian 12: apt-get install python3-sklearn python3-imblearn, then
    /usr/bin/python3 packages/core/scripts/metrics-oracle.py
writes packages/core/test/fixtures/metrics-oracle.json. Inputs are float32 values with few digits,
so that both sides read the same numbers. The expected calibration error, which scikit-learn does
not have, is computed here with numpy from the formula of Guo et al. 2017.
"""

import json
import pathlib
import warnings

import imblearn
import numpy as np
import sklearn
from imblearn.metrics import geometric_mean_score
from sklearn import metrics

TARGET = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "metrics-oracle.json"


def binary_case(name, scores, positive):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no positive row is one of the cases
        precision, recall, thresholds = metrics.precision_recall_curve(positive, scores)
        average = metrics.average_precision_score(positive, scores)
        false_rate, true_rate, _ = metrics.roc_curve(positive, scores, drop_intermediate=False)
    both = bool(np.any(positive)) and not bool(np.all(positive))
    return {
        "name": name,
        "scores": [float(s) for s in scores],
        "positive": [bool(p) for p in positive],
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "thresholds": thresholds.tolist(),
        "averagePrecision": float(average),
        "trapezoidArea": float(metrics.auc(recall, precision)),
        "falsePositiveRate": false_rate.tolist() if both else None,
        "truePositiveRate": true_rate.tolist() if both else None,
        "rocArea": float(metrics.roc_auc_score(positive, scores)) if both else None,
    }


def calibration_bins(probabilities, labels):
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.digitize(confidence, np.linspace(0, 1, 16)[1:-1], right=True)
    return [
        {
            "count": int((bins == b).sum()),
            "confidence": float(confidence[bins == b].mean()) if (bins == b).any() else 0.0,
            "accuracy": float(correct[bins == b].mean()) if (bins == b).any() else 0.0,
        }
        for b in range(15)
    ]


def expected_calibration_error(bins):
    return sum(b["count"] * abs(b["accuracy"] - b["confidence"]) for b in bins) / sum(b["count"] for b in bins)


def many_class_case(name, logits, labels):
    logits = np.float32(np.round(logits, 4))
    wide = logits.astype(np.float64)
    probabilities = np.exp(wide - wide.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = logits.argmax(axis=1)
    classes = range(logits.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class without test rows is one of the cases
        balanced = metrics.balanced_accuracy_score(labels, predicted)
        every_class = len(set(labels.tolist())) == logits.shape[1]
        result = {
            "name": name,
            "n": int(logits.shape[0]),
            "classCount": int(logits.shape[1]),
            "logits": [round(float(v), 4) for v in logits.ravel()],
            "labels": [int(v) for v in labels],
            "confusion": metrics.confusion_matrix(labels, predicted, labels=list(classes)).tolist(),
            "accuracy": float(metrics.accuracy_score(labels, predicted)),
            "balancedAccuracy": float(balanced),
            "macroF1": float(metrics.f1_score(labels, predicted, average="macro", zero_division=0)),
            "perClassRecall": metrics.recall_score(
                labels, predicted, average=None, labels=list(classes), zero_division=0
            ).tolist(),
            "mcc": float(metrics.matthews_corrcoef(labels, predicted)),
            # imbalanced-learn counts a class without rows as recall 0; csx leaves it out.
            "gMean": float(geometric_mean_score(labels, predicted, average="multiclass")) if every_class else None,
            "ece": float(expected_calibration_error(calibration_bins(probabilities, labels))),
            "calibration": calibration_bins(probabilities, labels),
        }
    pairs = []
    for minor, major in [(1, 0), (0, logits.shape[1] - 1)]:
        rows = (labels == minor) | (labels == major)
        positive = labels[rows] == minor
        if not positive.any() or positive.all():
            continue
        # log of p_minor / p_major: the order of p_minor / (p_minor + p_major), without saturation.
        scores = wide[rows, minor] - wide[rows, major]
        precision, recall, _ = metrics.precision_recall_curve(positive, scores)
        pairs.append({
            "minor": minor,
            "major": major,
            "averagePrecision": float(metrics.average_precision_score(positive, scores)),
            "trapezoidArea": float(metrics.auc(recall, precision)),
            "rocArea": float(metrics.roc_auc_score(positive, scores)),
        })
    return {**result, "pairs": pairs}


def noisy_logits(random, labels, class_count, strength):
    logits = random.normal(size=(len(labels), class_count))
    logits[np.arange(len(labels)), labels] += strength
    return logits


def main():
    random = np.random.default_rng(20231)
    labels = random.random(120) < 0.3
    binary = [
        binary_case("distinct scores", np.round(random.normal(size=120) + labels, 5), labels),
        binary_case("many ties", np.round(random.normal(size=120) + labels, 0), labels),
        binary_case("all tied", np.zeros(12), np.arange(12) % 3 == 0),
        binary_case("perfect separation", np.arange(10.0), np.arange(10) >= 6),
        binary_case("perfectly wrong", -np.arange(10.0), np.arange(10) >= 6),
        binary_case("no positive", np.arange(5.0), np.zeros(5, bool)),
        binary_case("no negative", np.array([3.0, 1.0, 2.0, 2.0]), np.ones(4, bool)),
        binary_case("one row, positive", np.array([0.5]), np.array([True])),
    ]
    ten = random.integers(0, 10, 150)
    two = random.integers(0, 2, 60)
    gap = random.choice([0, 1, 3], 80)
    many_class = [
        many_class_case("ten classes", noisy_logits(random, ten, 10, 2.0), ten),
        many_class_case("two classes", noisy_logits(random, two, 2, 1.0), two),
        many_class_case("a class without rows", noisy_logits(random, gap, 4, 1.5), gap),
        many_class_case("logits 400 apart", 400 * np.sign(noisy_logits(random, ten, 10, 1.0)) + random.normal(size=(150, 10)), ten),
        many_class_case("one predicted class", np.tile([3.0, 1.0, 0.0], (30, 1)), np.arange(30) % 3),
    ]
    document = {
        "madeWith": {"scikit-learn": sklearn.__version__, "imbalanced-learn": imblearn.__version__, "numpy": np.__version__},
        "binary": binary,
        "manyClass": many_class,
    }
    TARGET.write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
