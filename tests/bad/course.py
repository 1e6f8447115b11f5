"""Bad input for `helpers.course`: what is bad, the call, and what the refusal must say."""

import json
import os
import pathlib
import tempfile

from helpers import course


def _with_log(text, call):
    """Call with a log of predictions that holds this text, and put the variable back."""

    def run():
        before = os.environ.get("ROUGH_SEAS_LOG")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "log.json"
            file.write_text(text, "utf-8")
            os.environ["ROUGH_SEAS_LOG"] = str(file)
            try:
                call()
            finally:
                assert file.read_text("utf-8") == text  # what was there is still there
                os.environ.pop("ROUGH_SEAS_LOG")
                if before is not None:
                    os.environ["ROUGH_SEAS_LOG"] = before

    return run


LISTED = json.dumps(["not", "a", "log"])
LACKING = json.dumps({"1-4.1": {"says": "higher"}})

CASES = [
    ("course.start", "a path", lambda: course.start("1-4_fair.ipynb"), "notebook.*'1-4'"),
    ("course.start", "a number", lambda: course.start(1), "notebook.*1.*pass its number"),
    ("course.claim", "no sentence", lambda: course.claim("Up", 2 > 1, 2), "text.*sentence"),
    ("course.claim", "no text", lambda: course.claim(None, 2 > 1, 2), "text.*None"),
    ("course.claim", "a number for holds", lambda: course.claim("It is more than one.", 2, 2),
     r"holds.*comparison"),
    ("course.claim", "several answers", lambda: course.claim("It is more than one.", [True], 2),
     r"holds.*list"),
    ("course.claim", "no value", lambda: course.claim("It is more than one.", 2 > 1, None),
     "value.*measured"),
    ("course.claim", "an empty source", lambda: course.claim("It is more than 1.", 2 > 1, 2, " "),
     "source.*publication"),
    ("course.predict", "no number", lambda: course.predict("1-4", "higher", .7), "id.*'1-4.1'"),
    ("course.predict", "not text", lambda: course.predict("1-4.1", 3, .7), "says.*3.*text"),
    ("course.predict", "empty", lambda: course.predict("1-4.1", " ", .7), "says"),
    ("course.predict", "per cent", lambda: course.predict("1-4.1", "higher", 90), r"sure.*0\.9"),
    ("course.predict", "below a half", lambda: course.predict("1-4.1", "higher", .3),
     r"sure.*the other.*sure=0\.7"),
    ("course.predict", "not a number", lambda: course.predict("1-4.1", "higher", "very"), "sure"),
    ("course.predict", "NaN", lambda: course.predict("1-4.1", "higher", float("nan")), "sure"),
    ("course.predict", "negative", lambda: course.predict("1-4.1", "higher", -1), "sure"),
    ("course.predict", "a huge number", lambda: course.predict("1-4.1", "higher", 1e6), "sure"),
    ("course.predict", "a log that is no log",
     _with_log(LISTED, lambda: course.predict("1-4.1", "higher", .7)), "log.json cannot be read"),
    ("course.predict", "a log with half an entry",
     _with_log(LACKING, lambda: course.predict("1-4.2", "higher", .7)), "cannot be read"),
    ("course.settle", "no number", lambda: course.settle("one", "higher"), "id.*'1-4.1'"),
    ("course.settle", "not text", lambda: course.settle("1-4.1", True), "truth.*True.*text"),
    ("course.settle", "a broken log",
     _with_log('{"1-4.1": ', lambda: course.settle("1-4.1", "higher")), "cannot be read"),
]  # fmt: skip
