"""Bad calls of `helpers.resources`, each with the sentence it must meet."""

from helpers import resources

CASES = [
    ("resources.peak_memory", "a result", lambda: resources.peak_memory([1, 2]),
     r"fn.*list.*without"),
    ("resources.peak_memory", "None", lambda: resources.peak_memory(None), r"fn.*NoneType"),
    ("resources.energy", "a result", lambda: resources.energy(3), r"fn.*int.*without"),
    ("resources.energy", "too short", lambda: resources.energy(print, budget=0.1),
     r"budget.*0.1.*0.5"),
    ("resources.flops", "a result", lambda: resources.flops(3), r"fn.*int.*without"),
    ("resources.flops", "a tensor", lambda: resources.flops([[1.0]]), r"fn.*list"),
    ("resources.roofline", "negative budget", lambda: resources.roofline(-1), r"budget.*-1"),
    ("resources.roofline", "unknown device", lambda: resources.roofline(0.1, device="abacus"),
     r"device.*'abacus'"),
    ("resources.roofline", "one size", lambda: resources.roofline(0.1, sizes=256), r"sizes.*int"),
    ("resources.roofline", "width 1", lambda: resources.roofline(0.1, sizes=[1]), r"sizes.*2"),
    ("resources.roofline", "a dtype of NumPy's", lambda: resources.roofline(0.1, dtype=float),
     r"dtype.*torch"),
    ("resources.roofline", "nothing to copy", lambda: resources.roofline(0.1, copy_bytes=1),
     r"copy_bytes.*8"),
]
