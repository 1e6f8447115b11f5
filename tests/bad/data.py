"""Bad input for `helpers.data`, and the sentence that each must meet."""

import numpy as np
import pandas as pd

from helpers import data

CASES = [
    (
        "data.load",
        "a slip of the pen",
        lambda: data.load("asc"),
        r"name.*'asc'.*did you mean 'acs'",
    ),
    ("data.load", "the folder forgotten", lambda: data.load("longley"), r"'published/longley'"),
    ("data.load", "nothing like it", lambda: data.load("zzzzzz"), r"no dataset.*names\(\) lists"),
    ("data.load", "empty text", lambda: data.load(""), r"name.*no dataset"),
    ("data.load", "a very long name", lambda: data.load("acs" * 500), r"name.*no dataset"),
    ("data.load", "a file name", lambda: data.load("acs.parquet"), r"did you mean 'acs'"),
    ("data.load", "a way out of the folder", lambda: data.load("../acs"), r"did you mean 'acs'"),
    ("data.load", "None", lambda: data.load(None), r"name.*NoneType"),
    ("data.load", "a list", lambda: data.load(["acs"]), r"name.*list.*text"),
    ("data.card", "a slip of the pen", lambda: data.card("flight"), r"did you mean 'flights'"),
    ("data.card", "a number", lambda: data.card(3), r"name.*int.*text"),
    ("data.embed", "None", lambda: data.embed(None), r"texts.*NoneType"),
    ("data.embed", "a single text", lambda: data.embed("lights on"), r"texts.*embed\(\[text\]\)"),
    ("data.embed", "nothing", lambda: data.embed([]), r"texts.*empty"),
    ("data.embed", "a number", lambda: data.embed(7), r"texts.*int"),
    ("data.embed", "numbers", lambda: data.embed([1, 2]), r"texts.*int.*position 0"),
    ("data.embed", "a gap", lambda: data.embed(["on", np.nan]), r"texts.*float.*position 1"),
    ("data.embed", "a table", lambda: data.embed(pd.DataFrame({"a": ["on"]})), r"DataFrame"),
    ("data.embed", "an empty text", lambda: data.embed(["on", "  "]), r"no known.*1 of 2"),
    ("data.embed", "no known piece", lambda: data.embed(["on", "🎉🎉"]), r"no known.*number 1"),
]
