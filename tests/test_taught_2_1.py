"""Notebook 2-1: what it teaches, against closed forms, brute force and its own promises."""

import itertools

import numpy as np
import pandas as pd
import pytest
import taught
from scipy import stats
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from helpers import data, pareto

acs = data.load("acs")
COLUMNS = list(acs.columns[:16])
YEAR = dict(list(acs.groupby("year")))
BOOK = taught.load(
    "2-1", "draw_parts", "draw_settings", "build", "run", "best_of_seeds", "fingerprints",
    "digest", "write_protocol", "check_protocol", "torch_network", "torch_answers",
    "sklearn_network", "most_rows", "in_logs", "share_of_firsts",
    columns=COLUMNS, year=YEAR,
)  # fmt: skip


@pytest.fixture(scope="module")
def small():
    """A comparison as the notebook runs it, with few settings: parts, log and table."""
    parts = BOOK["draw_parts"](3, test=300)
    return parts, *BOOK["run"](parts, BOOK["draw_settings"](3, 3), seeds=range(2))


def test_parts_share_nobody_and_settings_begin_with_the_default():
    parts = BOOK["draw_parts"](1, test=400)
    assert [len(p) for p in parts.values()] == [3_000, 1_000, 400]
    assert len(set().union(*(p.index for p in parts.values()))) == 4_400
    for tool, settings in BOOK["draw_settings"](1, 12).items():
        assert len(settings) == 12 and settings[0] == {}
        for setting in settings:
            BOOK["build"](tool, 0, setting).fit(parts["test"][COLUMNS], parts["test"]["employed"])


def test_run_tunes_on_validation_and_looks_once_a_seed(small):
    parts, log, table = small
    assert set(log.columns) == {"step", "part", "tool", "seed"}
    tune, final = log[log["step"] == "tune"], log[log["step"] == "final"]
    assert set(tune["part"]) == {"validation"} and set(final["part"]) == {"test"}
    assert tune.groupby("tool").size().to_dict() == {"tree": 3, "neighbours": 3}
    assert (final.groupby(["tool", "seed"]).size() == 1).all() and len(final) == 4
    assert list(table.index) == [0, 1] and list(table.columns) == ["tree", "neighbours"]


def test_run_reports_what_the_best_setting_scores(small):
    parts, _, table = small
    (X, y), (X_v, y_v), (X_t, y_t) = ((p[COLUMNS], p["employed"]) for p in parts.values())
    settings = BOOK["draw_settings"](3, 3)
    makers = {
        "tree": lambda seed, s: DecisionTreeClassifier(random_state=seed, **s),
        "neighbours": lambda seed, s: make_pipeline(StandardScaler(), KNeighborsClassifier(**s)),
    }
    for tool, make in makers.items():
        scores = [make(0, s).fit(X, y).score(X_v, y_v) for s in settings[tool]]
        best = settings[tool][int(np.argmax(scores))]
        for seed in table.index:
            assert table.loc[seed, tool] == make(seed, best).fit(X, y).score(X_t, y_t)


def test_the_best_of_k_noises_is_as_lucky_as_the_table_says():
    rng = np.random.default_rng(0)
    space = BOOK["best_of_seeds"].__globals__
    space["on_chooser"], space["on_fresh"] = rng.normal(size=(40, 40)), rng.normal(size=40)
    spread = space["on_chooser"].std(axis=0, ddof=1).mean()
    for k, luck in ((1, 0.0), (5, 1.1630), (20, 1.8675)):
        promised, kept = BOOK["best_of_seeds"](k, np.random.default_rng(k), draws=100)
        assert promised.value == pytest.approx(luck * spread, abs=0.12)
        assert abs(kept.value) < 0.25
    skill = rng.normal(size=40)  # seeds that do differ: then the choice is worth something
    space["on_chooser"], space["on_fresh"] = space["on_chooser"] + skill[:, None], skill
    assert BOOK["best_of_seeds"](20, np.random.default_rng(1))[1].low > 0.8


def test_a_digest_changes_with_any_cell_and_with_the_order():
    people = YEAR[2016].head(50)
    known = BOOK["digest"](people)
    assert known == BOOK["digest"](people.copy()) and len(known) == 12
    for column in ("AGEP", "employed", "vendor_score"):
        other = people.copy()
        other.loc[other.index[7], column] = other[column].iloc[7] + 1
        assert BOOK["digest"](other) != known
    assert BOOK["digest"](people.iloc[::-1]) != known
    assert BOOK["digest"](people.reset_index(drop=True)) != known  # renumbered: other rows


def _kinds(protocol, parts, log, table):
    return [fault.split(":")[0] for fault in BOOK["check_protocol"](protocol, parts, log, table)]


def test_a_clean_comparison_is_left_in_peace(small):
    parts, log, table = small
    assert _kinds(BOOK["write_protocol"](parts, 3, range(2)), parts, log, table) == []


def test_each_sabotage_is_named_and_nothing_else(small):
    parts, log, table = small
    promise = BOOK["write_protocol"](parts, 3, range(2))
    tune_tree = (log["step"] == "tune") & (log["tool"] == "tree")
    fewer = log.drop(log[tune_tree].index[:1])
    assert _kinds(promise, parts, fewer, table) == ["unequal tuning"]
    assert _kinds(promise, parts, log, table.head(1)) == ["picked seed"]
    more = pd.concat([log, log[log["step"] == "final"].head(1).assign(seed=7)])
    assert _kinds(promise, parts, more, table) == ["picked seed"]  # run, and kept quiet
    peeked = log.assign(part=log["part"].where(log["step"] != "tune", "test"))
    assert _kinds(promise, parts, peeked, table) == ["test reuse"]
    again = pd.concat([log, log[log["step"] == "final"].head(1)])
    assert _kinds(promise, parts, again, table) == ["test reuse"]
    both = log.assign(tool="tree")
    assert "unequal tuning" in _kinds(promise, parts, both, table)


PAIRS = list(itertools.combinations(["train", "validation", "test"], 2))


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_single_leaked_row_is_found(small, one, other):
    parts, log, table = small
    leaky = parts | {other: pd.concat([parts[other], parts[one].head(1)])}
    promise = BOOK["write_protocol"](leaky, 3, range(2))
    found = BOOK["check_protocol"](promise, leaky, log, table)
    assert len(found) == 1 and found[0].startswith("leak: 1 of")
    assert one in found[0] and other in found[0]


def test_people_with_equal_answers_are_no_leak(small):
    parts, log, table = small
    twin = parts["train"].head(1).set_axis([10**7])  # another person who gave the same answers
    used = parts | {"test": pd.concat([parts["test"], twin])}
    assert _kinds(BOOK["write_protocol"](used, 3, range(2)), used, log, table) == []


def test_other_data_than_promised_are_found(small):
    parts, log, table = small
    promise = BOOK["write_protocol"](parts, 3, range(2))
    used = parts | {"test": BOOK["draw_parts"](4, test=300)["test"]}
    assert _kinds(promise, used, log, table) == ["other data"]


def _separable(rng, n):
    X = rng.normal(size=(n, 16)) * np.linspace(1, 50, 16)
    return X, (X[:, 0] - X[:, 15] / 50 > 0).astype(int)


@pytest.mark.parametrize("network", ["torch_network", "sklearn_network"])
def test_the_reference_model_learns_in_both_libraries(network):
    rng = np.random.default_rng(0)
    X, y = _separable(rng, 2_000)
    answers = BOOK[network](X, y, epochs=30)
    X_new, y_new = _separable(rng, 2_000)
    assert (answers(X_new) == y_new).mean() > 0.93 > 0.6 > max(y.mean(), 1 - y.mean())
    assert (answers(X_new[:1]) == answers(X_new)[:1]).all() and answers(X_new).shape == (2_000,)


def test_the_torch_network_takes_the_steps_of_plain_gradient_descent():
    """One batch, one step: against the gradient written out with NumPy."""
    import torch

    X, y = _separable(np.random.default_rng(1), 150)
    torch.manual_seed(0)
    hidden, out = torch.nn.Linear(16, 32), torch.nn.Linear(32, 1)
    W, b, v, c = (p.detach().double().numpy() for p in (*hidden.parameters(), *out.parameters()))
    Z = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9)
    before = Z @ W.T + b
    inside = np.maximum(before, 0)
    error = (1 / (1 + np.exp(-(inside @ v.T + c)[:, 0])) - y)[:, None] / len(y)
    back = error * v * (before > 0)
    expected = (
        W - 0.5 * back.T @ Z,
        b - 0.5 * back.sum(0),
        v - 0.5 * error.T @ inside,
        (c - 0.5 * error.sum(0)),
    )
    net = BOOK["torch_network"](X, y, epochs=1).args[0]
    for found, wanted in zip(net.parameters(), expected, strict=True):
        assert found.detach().numpy() == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("within", [1, 100])
def test_halving_finds_the_capacity(within):
    for limit in (1, 2, 999, 12_345, 39_998):
        asked = []
        found = BOOK["most_rows"](
            lambda n, limit=limit, asked=asked: asked.append(n) or n <= limit, 1, 40_000, within
        )
        assert limit - within < found <= limit and len(asked) <= 17


def test_shares_of_firsts_in_closed_form():
    """With two criteria the weight is uniform, so the share is where the two lines cross."""
    table = pd.DataFrame({"right": [1.0, 0.6, 0.0], "fast": [0.25, 0.75, 0.0]})
    stretched = table / table.max()
    lost, won = (stretched.iloc[0] - stretched.iloc[1]) * [1, -1]
    share = BOOK["share_of_firsts"](table, 40_000, np.random.default_rng(5))
    assert share == pytest.approx([lost / (lost + won), won / (lost + won), 0], abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_shares_of_firsts_by_brute_force_and_by_the_helper(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.lognormal(size=(5, 4)), columns=["accuracy", "a", "b", "c"])
    logs = BOOK["in_logs"](table)
    assert np.allclose(logs, table.assign(**{k: np.log(table[k]) for k in "abc"}))
    share = BOOK["share_of_firsts"](logs, 3_000, np.random.default_rng(9))
    wins, low, reach = np.zeros(5), logs.min().tolist(), np.ptp(logs.to_numpy(), axis=0).tolist()
    options = logs.to_numpy().tolist()
    for w in stats.dirichlet(np.ones(4)).rvs(3_000, random_state=9).tolist():
        sums = [sum(w[k] * (row[k] - low[k]) / reach[k] for k in range(4)) for row in options]
        wins[sums.index(max(sums))] += 1
    assert share == pytest.approx(wins / 3_000, abs=0.05)  # other draws of the same distribution
    again = pareto.acceptability(logs, 3_000, np.random.default_rng(9))["first"]
    assert share == pytest.approx(again.to_numpy())
