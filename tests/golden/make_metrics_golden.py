#!/usr/bin/env python3
"""metrics/metrics.json: random and degenerate inputs with scikit-learn's and scipy's answers (null for NaN).

    python3 make_metrics_golden.py        # made with scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6
"""
import json
import math
import pathlib
import warnings

import numpy as np
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

warnings.simplefilter("ignore")
random = np.random.default_rng(7)


def number(value):
    value = float(value)
    return None if math.isnan(value) else value


def classes(predicted, actual):
    predicted, actual = [int(v) for v in predicted], [int(v) for v in actual]
    one = f1_score(actual, predicted, labels=[1], average="macro", zero_division=0)
    return dict(
        predicted=predicted,
        actual=actual,
        accuracy=accuracy_score(actual, predicted),
        f1=float(one),
        macro_f1=float(f1_score(actual, predicted, average="macro", zero_division=0)),
        matthews=float(matthews_corrcoef(actual, predicted)),
    )


def numbers(a, b):
    a, b = [float(v) for v in a], [float(v) for v in b]
    return dict(a=a, b=b, pearson=number(pearsonr(a, b)[0]), spearman=number(spearmanr(a, b)[0]))


def noisy(size, count, share):
    actual = random.integers(0, count, size)
    other = random.integers(0, count, size)
    return np.where(random.random(size) < share, actual, other), actual


classification = [classes(*noisy(size, count, share)) for size in (1, 2, 3, 10, 100) for count in (2, 3, 7)
                  for share in (0, 0.5, 0.95)]
classification += [
    classes([0, 0, 0, 0], [0, 0, 0, 0]),  # one class
    classes([1, 1, 1], [1, 1, 1]),
    classes([1, 1, 1, 1], [0, 1, 0, 1]),  # constant prediction
    classes([0, 1, 0, 1], [1, 1, 1, 1]),  # constant labels
    classes([0, 0, 0], [1, 1, 1]),  # all wrong, nothing in common
    classes([1, 0, 1, 0], [0, 1, 0, 1]),  # exactly inverted
    classes([2, 3, 2, 3], [3, 2, 4, 4]),  # no class 1; a class never predicted
    classes([5, -1, 5, 7], [5, -1, -1, 7]),  # gaps and a negative class
    classes([0] * 999 + [1], [0] * 1000),
    classes(*noisy(3000, 77, 0.9)),
]

regression = [numbers(x := random.normal(size=n), slope * x + random.normal(size=n) * noise)
              for n in (2, 3, 5, 50, 300) for slope in (-1, 0, 1) for noise in (0.01, 1)]
grid = random.integers(0, 6, 200)
regression += [
    numbers(grid, np.clip(grid + random.integers(-1, 2, 200), 0, 5)),  # many ties
    numbers([1, 2, 2, 3], [1, 2, 2, 3]),
    numbers([1, 2, 3, 4], [4, 3, 2, 1]),
    numbers([1, 1, 1], [1, 2, 3]),  # constant
    numbers([1, 2, 3], [2, 2, 2]),
    numbers([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]),
    numbers([0, 0, 0, 1], [0, 0, 1, 0]),
    numbers([0.0, -0.0, 1.0], [1, 2, 3]),  # equal zeros
    numbers(1e8 + random.normal(size=40), random.normal(size=40)),  # far from zero
    numbers(random.normal(size=20) * 1e200, random.normal(size=20) * 1e200),  # squares overflow
    numbers(random.normal(size=20) * 1e-200, random.normal(size=20) * 1e-200),  # squares underflow
    numbers(random.standard_cauchy(size=100), random.standard_cauchy(size=100)),  # outliers
    numbers(np.arange(1000) / 3, np.sqrt(np.arange(1000))),
    numbers(range(2), range(2)),
    numbers([3, 3], [1, 2]),
]
path = pathlib.Path(__file__).parent / "metrics" / "metrics.json"
path.write_text(json.dumps(dict(classification=classification, regression=regression)) + "\n")
