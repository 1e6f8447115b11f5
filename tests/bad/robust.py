"""Bad calls of `helpers.robust`, each with the sentence it must meet."""

import numpy as np
import pandas as pd

from helpers.robust import corrupt, curve, fgsm, pgd

X, Y = np.full((3, 4), 0.5), [0, 1, 1]
IMAGES = np.full((2, 5, 5), 0.5)


def model(batch):
    return batch


CASES = [
    ("robust.corrupt", "bytes", lambda: corrupt((IMAGES * 255).astype("uint8"), "blur", 1),
     r"X.*uint8.*255"),
    ("robust.corrupt", "out of range", lambda: corrupt(IMAGES * 9, "blur", 1), r"X.*4\.5"),
    ("robust.corrupt", "not a number", lambda: corrupt(IMAGES * np.nan, "blur", 1), r"X.*nan"),
    ("robust.corrupt", "booleans", lambda: corrupt(IMAGES > 0, "blur", 1), r"X.*bool.*255"),
    ("robust.corrupt", "text", lambda: corrupt(IMAGES.astype(str), "blur", 1), r"X.*decimals"),
    ("robust.corrupt", "flat images", lambda: corrupt(X, "blur", 1), r"X.*\(3, 4\).*height"),
    ("robust.corrupt", "a list", lambda: corrupt([[[0.5]]], "blur", 1), r"X.*list"),
    ("robust.corrupt", "no images", lambda: corrupt(IMAGES[:0], "blur", 1), r"X.*\(0, 5, 5\)"),
    ("robust.corrupt", "kind misspelt", lambda: corrupt(IMAGES, "oclude", 1),
     r"kind.*did you mean 'occlude'"),
    ("robust.corrupt", "negative", lambda: corrupt(IMAGES, "noise", -0.1), r"severity.*-0\.1"),
    ("robust.corrupt", "half a pixel", lambda: corrupt(IMAGES, "shift", 1.5), r"severity.*whole"),
    ("robust.corrupt", "beyond the edge", lambda: corrupt(IMAGES, "occlude", 6), r"severity.*5"),
    ("robust.corrupt", "seed", lambda: corrupt(IMAGES, "noise", 0.1, seed=-1), r"seed.*-1"),
    ("robust.fgsm", "no model", lambda: fgsm(np.eye(4), X, Y, 0.1), r"model.*ndarray"),
    ("robust.fgsm", "eps in 255ths", lambda: fgsm(model, X, Y, 8), r"eps.*8.*at most 1"),
    ("robust.fgsm", "pixels in bytes", lambda: fgsm(model, X * 255, Y, 0.1), r"X.*255"),
    ("robust.fgsm", "a table", lambda: fgsm(model, pd.DataFrame(X), Y, 0.1), r"X.*DataFrame"),
    ("robust.fgsm", "text", lambda: fgsm(model, X.astype(str), Y, 0.1), r"X.*decimals"),
    ("robust.fgsm", "gaps", lambda: fgsm(model, X * np.nan, Y, 0.1), r"X.*between 0 and 1"),
    ("robust.fgsm", "a label too few", lambda: fgsm(model, X, Y[:2], 0.1), r"X and y.*3.*2"),
    ("robust.fgsm", "labels from 1 up", lambda: fgsm(model, X, [1, 2, 4], 0.1), r"model.*\(3, 4\)"),
    ("robust.fgsm", "half a class", lambda: fgsm(model, X, [0, 1, 0.5], 0.1), r"y.*class numbers"),
    ("robust.fgsm", "one score only", lambda: fgsm(lambda x: x.sum(1), X, Y, 0.1),
     r"model.*\(3,\)"),
    ("robust.fgsm", "no rows", lambda: fgsm(model, X[:0], [], 0.1), r"X.*\(0, 4\)"),
    ("robust.pgd", "no steps", lambda: pgd(model, X, Y, 0.1, steps=0), r"steps.*0"),
    ("robust.pgd", "negative budget", lambda: pgd(model, X, Y, -0.1), r"eps.*-0\.1"),
    ("robust.pgd", "a list", lambda: pgd(model, [[0.5]], [0], 0.1), r"X.*list"),
    ("robust.curve", "attack misspelt", lambda: curve(model, X, Y, [0.1], "fgms"),
     r"attack.*did you mean 'fgsm'"),
    ("robust.curve", "no budgets", lambda: curve(model, X, Y, []), r"eps.*empty"),
    ("robust.curve", "one number", lambda: curve(model, X, Y, 0.1), r"eps.*single"),
    ("robust.curve", "made on nothing", lambda: curve(model, X, Y, [0.1], made_on=3),
     r"model.*int"),
]  # fmt: skip
