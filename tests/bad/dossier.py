"""Bad calls of `helpers.dossier`, each with the sentence it must meet."""

import numpy as np

from helpers import dossier, rates
from helpers.dossier import Dossier, Need

X, y = np.random.default_rng(0).normal(size=(60, 3)), np.array([0, 1] * 30)


def half(rows):
    return np.full(len(rows), 0.5)


class Three:
    def predict_proba(self, rows):
        return np.full((len(rows), 3), 1 / 3)


def add(*given):
    Dossier("A page").add(*given)


CASES = [
    ("dossier.Need", "relation", lambda: Need(">", 1), r"relation.*'>='"),
    ("dossier.Need", "no limit", lambda: Need(">=", None), r"limit.*None"),
    ("dossier.Need", "owner", lambda: Need(">=", 1, owner=7), r"owner.*7"),
    ("dossier.Dossier", "no title", lambda: Dossier(""), r"title"),
    ("dossier.Dossier", "a number", lambda: Dossier(7), r"title.*7"),
    ("dossier.Dossier.add", "a typed number", lambda: add("accuracy", "right", 0.93),
     r"result.*float.*no interval"),
    ("dossier.Dossier.add", "no such axis", lambda: add("acuracy", "a", rates.interval(y)),
     r"axis.*'accuracy'"),
    ("dossier.Dossier.add", "a bare limit", lambda: add("cost", "a", rates.interval(y), 0.9),
     r"need.*float.*Need"),
    ("dossier.Dossier.judge", "no such row", lambda: Dossier("A page").judge({"speed": 1}),
     r"needs.*'speed'"),
    ("dossier.Dossier.from_json", "no JSON", lambda: Dossier.from_json("page"), r"text.*JSON"),
    ("dossier.Dossier.from_json", "other JSON", lambda: Dossier.from_json("[1]"), r"text.*JSON"),
    ("dossier.Dossier.from_json", "a later form", lambda: Dossier.from_json(
        Dossier("A").to_json().replace('"form": 1', '"form": 9')), r"form 9"),
    ("dossier.fingerprint", "nothing", lambda: dossier.fingerprint(None), r"parts.*None"),
    ("dossier.fingerprint", "nothing among others", lambda: dossier.fingerprint([1], None),
     r"parts.*None"),
    ("dossier.assess", "no table", lambda: dossier.assess(half, None, y), r"X.*NoneType"),
    ("dossier.assess", "mismatch", lambda: dossier.assess(half, X, y[:9]), r"y.*9"),
    ("dossier.assess", "one class", lambda: dossier.assess(half, X, y * 0), r"y"),
    ("dossier.assess", "three classes", lambda: dossier.assess(Three(), X, y), r"model.*3 prob"),
    ("dossier.assess", "no model", lambda: dossier.assess("net", X, y), r"model.*str"),
    ("dossier.assess", "margins", lambda: dossier.assess(lambda r: r[:, 0] * 9, X, y),
     r"what model returns.*probabilities"),
    ("dossier.assess", "a percentage", lambda: dossier.assess(half, X, y, threshold=50),
     r"threshold.*50"),
    ("dossier.assess", "half a price list", lambda: dossier.assess(half, X, y, prices={"fp": 1}),
     r"prices.*'fn'"),
]  # fmt: skip
