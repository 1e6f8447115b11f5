"""The sentences, prompts and answers of notebook 2-5 once more, for checks that recompute.

A prompt is a phrase for each of 35 intents; the phrase nearest to a sentence is the answer.
"""

from __future__ import annotations

import functools
import re

import numpy as np
import pandas as pd

from helpers import data

BEGINNINGS = ("", "please ", "the user wants to ", "intent: ", "i want to ", "command: ",
              "smart home: ", "can you ", "ask to ", "request: ")  # fmt: skip
ENDINGS = ("", " now", " in the house", " please", ".", "?")


def embed(texts: list[str]) -> np.ndarray:
    """Sentence vectors in double precision."""
    return data.embed(texts).astype(float)


def nearest(sentences: np.ndarray, prompts: np.ndarray) -> np.ndarray:
    """The number of the prompt with the smallest angle to each sentence; rows are vectors."""
    lengths = np.linalg.norm(prompts, axis=1, keepdims=True)
    return (sentences @ (prompts / lengths).T).argmax(axis=1)


@functools.lru_cache(maxsize=1)
def given() -> tuple[pd.DataFrame, np.ndarray, list[str]]:
    """The sentences, the number of each one's intent, and the phrase of each intent."""
    table = data.load("intents")
    table = table.groupby("intent").filter(lambda rows: len(rows) >= 60).reset_index(drop=True)
    names = sorted(table["intent"].unique())
    phrases = [re.sub(r"([a-z])([A-Z])", r"\1 \2", n.removeprefix("Hass")).lower() for n in names]
    return table, table["intent"].map(names.index).to_numpy(), phrases


@functools.lru_cache(maxsize=1)
def right60() -> np.ndarray:
    """For each of the sixty prompts (rows): 1 where the sentence is answered rightly."""
    table, intent, phrases = given()
    sentences = embed(table["text"].tolist())
    sixty = [a + "{}" + b for a in BEGINNINGS for b in ENDINGS]
    return np.array([
        nearest(sentences, embed([prompt.format(p) for p in phrases])) == intent
        for prompt in sixty
    ]).astype(int)  # fmt: skip


def shuffled_accuracy(
    texts: list[str], intents: np.ndarray, rng: np.random.Generator, batch: int = 64
) -> float:
    """The colleague's program of exercise 2-5a, with its fault: whole lines change places too."""
    phrases, right = embed(given()[2]), 0
    for start in range(0, len(texts), batch):
        lines = [text.split() for text in texts[start : start + batch]]
        for line in lines:
            rng.shuffle(line)
        rng.shuffle(lines)
        said = nearest(embed([" ".join(line) for line in lines]), phrases)
        right += (said == intents[start : start + batch]).sum()
    return right / len(texts)


@functools.lru_cache(maxsize=1)
def one_search() -> dict[str, float]:
    """Exercise 2-5b: what could be taken for the winner's accuracy at launch, by name."""
    right = right60()
    rows = np.random.default_rng(7).permutation(right.shape[1])[:100]
    rest = np.delete(np.arange(right.shape[1]), rows)
    best = right[:, rows].sum(axis=1).argmax()
    return {"honest": right[best, rest].mean(), "slide": right[best, rows].mean(),
            "all": right[best].mean(), "typical": right[:, rest].mean(),
            "chosen again": right[:, rest].mean(axis=1).max()}  # fmt: skip


def primes() -> pd.DataFrame:
    """GPT-4 on 1,000 numbers, prime or not, by version: price of a question, right answers, n."""
    cost, score = (data.load(name).query("task == 'prime_or_composite' and model == 'GPT-4'")
                   for name in ("published/llm_drift_cost", "published/llm_drift"))  # fmt: skip
    both = cost.merge(score, on=["model", "version"]).set_index("version").sort_index()
    return both[["usd_median", "correct", "n"]]


def prices() -> list[tuple[float, float]]:
    """Dollars a question and share right, March and June."""
    both = primes()
    return list(zip(both["usd_median"], both["correct"] / both["n"], strict=True))
