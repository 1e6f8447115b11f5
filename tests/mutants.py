"""Ways to break the package, and the test that must notice each: run on a copy of the course.

    python tests/mutants.py    (inside the copy) prints what each test said, as JSON

All mutants share one process, so that torch and scikit-learn are loaded once: before each run the
package and the tests are forgotten, and imported anew from the changed file.
"""

import contextlib
import io
import json
import os
import pathlib
import sys

import pytest

# What is broken, where, what stands there, what is put there, the test that must notice.
MUTANTS = [
    ("Wilson's interval has one tail", "_stats.py", "ndtri((1 + level_of(level)) / 2)",
     "ndtri(level_of(level))", "test_rates.py::test_wilson_published_and_at_the_edges"),
    ("wrong yes and wrong no are swapped", "rates.py", "4 * code + 2 * truth + said",
     "4 * code + truth + 2 * said",
     "test_rates.py::test_counts_with_other_labels_and_a_model_that_never_says_yes"),
    ("a quantile's bound is one sample too low", "_tails.py", "first_to_reach(1 - tail) + 1",
     "first_to_reach(1 - tail)", "test_timing.py::test_quantile_ranks_against_scipy"),
    ("Shapley's weights don't add up", "interpret.py", "math.factorial(width - size - 1)",
     "math.factorial(width - size)",
     "test_interpret.py::test_shapley_is_symmetric_and_gives_idle_columns_exactly_nothing"),
    ("a claim never fails", "course.py", "if not holds and not machine:", "if False:",
     "test_course.py::test_a_claim_that_fails_stops_the_notebook_with_its_sentence"),
    ("a prediction always comes true", "course.py",
     'return " ".join(says.lower().split()) == " ".join(truth.lower().split())', "return True",
     "test_course.py::test_a_prediction_is_kept_settled_and_replaced"),
    ("a check accepts everything", "exercises/engine.py", "if reason is None:", "if True:",
     "test_engine.py::test_a_try_opens_hints_one_by_one_and_the_solution"),
    ("a time loses its brackets", "show.py", 'return f"⟨{value(float(x) * scale, digits)} {name}⟩"',
     'return f"{value(float(x) * scale, digits)} {name}"',
     "test_show.py::test_a_figure_of_the_machine_stands_in_brackets"),
    ("an option beats its equal", "pareto.py", "& (worth > row).any(axis=1)).any()",
     "& (worth >= row).any(axis=1)).any()",
     "test_pareto.py::test_equal_options_stay_together_and_directions_can_differ"),
    ("a rule sees tomorrow", "_streams.py", "past = _upto(whole, day)",
     "past = _upto(whole, day + 1)", "test_streams.py::test_no_rule_can_see_the_future"),
    ("rounding has one bit too many", "shrink.py", "top = 2 ** (bits - 1) - 1",
     "top = 2**bits - 1",
     "test_shrink.py::test_rounding_moves_no_weight_by_more_than_half_a_step"),
    ("a verdict forgets the interval", "_page.py", 'return "pass" if low >= self.limit else',
     'return "pass" if value >= self.limit else',
     "test_dossier.py::test_a_verdict_needs_the_whole_interval"),
    ("columns of different lengths pass", "_check.py", "if len(set(lengths.values())) > 1:",
     "if False:", "test_check.py::test_aligned_refuses_what_does_not_belong_together"),
]  # fmt: skip


def run(*tests: str) -> tuple[int, str]:
    """Run tests on the package as it stands in the folder now: exit status and report."""
    for name in [n for n in sys.modules if n.partition(".")[0] == "helpers" or n[:5] == "test_"]:
        del sys.modules[name]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main(["-q", "-x", "--capture=sys", "-p", "no:cacheprovider",
                              *(f"tests/{t}" for t in tests)])  # fmt: skip
    return int(status), said.getvalue()


def main() -> None:
    package = pathlib.Path("helpers")
    told = {"unchanged": run(*dict.fromkeys(test for *_, test in MUTANTS))}
    for what, file, old, new, test in MUTANTS:
        whole = (package / file).read_text("utf-8")
        (package / file).write_text(whole.replace(old, new), "utf-8")
        told[what] = run(test)
        (package / file).write_text(whole, "utf-8")
    print(json.dumps(told))


if __name__ == "__main__":
    sys.dont_write_bytecode = True  # a file that changes twice in a second would not be seen
    sys.path.insert(0, os.getcwd())
    main()
