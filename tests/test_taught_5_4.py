"""What notebook 5-4 teaches, loaded out of it: its maker's figures, queues, brute force."""

from __future__ import annotations

import kernel
import numpy as np
import pandas as pd
import pytest
import taught

from helpers.exercises import tuner

PRINTED = (-0.07657255867260056, -0.6639602790056434, -0.022036472387340637,
           -0.014625555310080925, -0.012693946801577387, -0.01088593460415541)  # fmt: skip
NAMES = ("LIMIT", "USUAL", "HEAVY", "Knobs", "Bluefin", "serve", "play", "reward", "tune")


@pytest.fixture(scope="module")
def book() -> dict:
    return taught.load("5-4", *NAMES, "stops")


# --- the estimator ------------------------------------------------------------------------------


def test_estimates_have_the_gradient_as_their_mean():
    names = taught.load("5-4", "curves", "stand", "gradient", "hill", "estimates")
    stand, h = names["stand"], 1e-6
    by_differences = [
        (names["hill"](stand + h * e) - names["hill"](stand - h * e)) / (2 * h) for e in np.eye(3)
    ]
    assert np.allclose(names["gradient"], by_differences, atol=1e-6)
    one, two, u = names["estimates"](0.2, 200_000, np.random.default_rng(1))
    assert np.allclose(np.linalg.norm(u, axis=1), 1)
    for found in (one, two):
        error = found.std(axis=0) / np.sqrt(len(found))
        assert (abs(found.mean(axis=0) - names["gradient"]) < 4.5 * error).all()
    noisy = names["estimates"](0.01, 50_000, np.random.default_rng(2), 0.05)[1]
    # Two noises of .05 make .05 sqrt(2); g holds 3 / (2 delta) of it along u.
    quiet = names["estimates"](0.01, 50_000, np.random.default_rng(2))[1]
    added = (noisy.var(axis=0) - quiet.var(axis=0)).sum()
    assert added == pytest.approx((3 / 0.02 * 0.05 * np.sqrt(2)) ** 2, rel=0.05)


# --- Bluefin ------------------------------------------------------------------------------------


def test_bluefin_has_the_makers_six_statistics(book):
    _, rewards = tuner.walk(book["Bluefin"].tell, 0)
    assert np.allclose(tuner.six(rewards), PRINTED, rtol=1e-9)


@pytest.mark.parametrize("case", range(len(tuner.CASES)))
def test_bluefin_is_the_update_that_the_checks_know(book, case):
    settings, reward, rounds = tuner.CASES[case]
    knobs = book["Bluefin"](rng=np.random.default_rng(2), **settings)
    want, _ = tuner.walk(tuner.update, case)
    for centre in want:
        for sign in (-1, 1):
            x = knobs.ask(sign)
            assert (x >= knobs.low - 1e-9).all() and (x <= knobs.high + 1e-9).all()
        knobs.tell(*(reward(knobs.ask(sign)) for sign in (1, -1)))
        assert np.allclose(knobs.w, centre, atol=1e-12)
    assert knobs.updates == rounds


@pytest.mark.parametrize("slip", tuner.SLIPS)
def test_each_slip_leaves_the_right_way(slip):
    ways = [tuner.walk(lambda k, p, m: tuner.update(k, p, m, slip), c)[0] for c in range(3)]
    want = [tuner.walk(tuner.update, c)[0] for c in range(3)]
    assert not all(np.allclose(a, b, rtol=1e-7) for a, b in zip(ways, want, strict=True))


def test_the_unit_of_the_reward_does_not_matter(book):
    def end(scale: float) -> np.ndarray:
        knobs = book["Bluefin"]((0, 0), (1, 1), (0.5, 0.5), np.random.default_rng(4))
        for _ in range(50):
            knobs.tell(*(scale * -np.abs(knobs.ask(s) - [0.2, 0.7]).sum() for s in (1, -1)))
        return knobs.w

    assert np.allclose(end(1), end(1000))
    assert not np.allclose(end(1), end(-1))


def test_the_past_alone_decides(book):
    def plays(known: int) -> list:
        knobs = book["Bluefin"]((0, 0), (1, 1), (0.5, 0.5), np.random.default_rng(5))
        asked = []
        for k in range(20):
            asked.append([knobs.ask(sign) for sign in (1, -1)])
            pair = [-float(np.abs(x - 0.3).sum()) for x in asked[-1]]
            knobs.tell(*(pair if k < known else [np.nan, np.nan]))
        return asked[: known + 1]

    assert np.allclose(plays(12), plays(20)[:13])


# --- the server ---------------------------------------------------------------------------------


def _queue(arrives: list, batch: int, wait: float, a: float, c: float) -> tuple[list, float]:
    """The same server, event by event."""
    waiting, out, clock, busy, k = [], [], 0.0, 0.0, 0
    while k < len(arrives) or waiting:
        while k < len(arrives) and arrives[k] <= clock:
            waiting.append(arrives[k])
            k += 1
        due = waiting and clock >= waiting[0] + wait
        if waiting and (len(waiting) >= batch or due or k == len(arrives)):
            taken, waiting = waiting[:batch], waiting[batch:]
            clock += a + c * len(taken)
            busy += a + c * len(taken)
            out += [clock - t for t in taken]
        else:
            events = ([arrives[k]] if k < len(arrives) else []) + (
                [waiting[0] + wait] if waiting else []
            )
            clock = max(clock, min(events))
    return out, busy / len(arrives)


@pytest.mark.parametrize("batch", [1, 3, 8, 64])
@pytest.mark.parametrize("wait", [0.0, 7.3, 41.7])
@pytest.mark.parametrize("model", [(8, 0.5), (25, 1)])
def test_the_server_is_the_queue_event_by_event(book, batch, wait, model):
    latencies, device = book["serve"](batch, wait, model, np.random.default_rng(6), n=400)
    arrives = np.cumsum(np.random.default_rng(6).exponential(1000 / 150, 400)).tolist()
    want, busy = _queue(arrives, batch, wait, *model)
    assert np.allclose(latencies, want) and device == pytest.approx(busy)
    assert len(latencies) == 400 and latencies.min() >= sum(model) - 1e-9


def test_one_by_one_it_is_pollaczek_and_khinchine_s_queue(book):
    """Poisson arrivals, fixed service: mean latency s + rate s^2 / (2 (1 - rate s))."""
    s, rate = 3.5, 150
    latencies, device = book["serve"](1, 0, (3, 0.5), np.random.default_rng(7), 200_000, rate)
    load = rate / 1000 * s
    assert device == pytest.approx(s)
    assert latencies.mean() == pytest.approx(s + load * s / (2 * (1 - load)), rel=0.02)


def test_a_play_is_device_time_and_p95(book):
    device, p95 = book["play"]((3.2, 12.5), book["USUAL"], np.random.default_rng(8))
    latencies, busy = book["serve"](9, 12.5, book["USUAL"], np.random.default_rng(8))
    assert device == busy and latencies.sum() > 0
    assert (latencies < p95 - 1e-9).mean() <= 0.95 <= (latencies <= p95 + 1e-9).mean()


def test_the_reward_is_a_hinge_with_a_cap(book):
    reward = book["reward"]
    assert book["LIMIT"] == tuner.LIMIT == 60
    assert reward(2, 10) == reward(2, 60) == pytest.approx(-0.4)
    assert reward(2, 66) == pytest.approx(-0.9) and reward(2, 66, limit=66) == reward(2, 5)
    assert reward(2, 96) == pytest.approx(reward(2, 5000)) == pytest.approx(-3.4)
    assert tuner.reward_reason(reward) is None


# --- live runs and the stop rule ----------------------------------------------------------------


def test_a_run_does_not_know_the_change_before_it_comes(book):
    with_change = book["tune"](3, rounds=12, change=8)
    without = book["tune"](3, rounds=12, change=99)
    assert len(with_change) == 12 and with_change.loc[0, "wait"] == pytest.approx(10)
    assert with_change.loc[:7].equals(without.loc[:7])
    assert not with_change.loc[8:].equals(without.loc[8:])
    assert (with_change["device +"].loc[8:] > without["device +"].loc[8:]).all()


def test_a_lower_inner_target_moves_only_what_the_tuner_hears(book):
    usual, inner = book["tune"](3, rounds=30), book["tune"](3, rounds=30, limit=30)
    assert usual.loc[0].equals(inner.loc[0])
    assert inner.loc[20:, "wait"].mean() < usual.loc[20:, "wait"].mean() - 5


def test_the_stop_rule(book):
    stops = book["stops"]
    plus, minus = [50, 61, 61, 59, 70, 62, 80], [70, 60, 61, 61, 61, 61, 61]
    log = pd.DataFrame({"p95 +": plus, "p95 -": minus})
    assert stops(log) == 2 and stops(log, 2) == 5 and stops(log, 3) == 6 and stops(log, 4) is None
    assert stops(log, limit=69) is None
    unknown = log.astype(float)
    unknown.loc[3:] = np.nan  # the future
    assert stops(unknown) == 2


def test_random_search_stays_in_the_box(book):
    given = {name: book[name] for name in ("play", "reward", "USUAL")}
    search = taught.load("5-4", "random_search", **given)["random_search"]
    settings, met, rewards = search(1, 12)
    assert settings.shape == (12, 2) and (settings >= 0).all() and (settings <= [6, 80]).all()
    assert np.ptp(settings[:, 1]) > 20
    assert rewards.tolist() == [book["reward"](*m) for m in met]


def test_the_notebook_is_the_one_that_is_meant():
    assert kernel.find("5-4").name == "5-4_selftune.ipynb"
