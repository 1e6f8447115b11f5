"""Bad calls of `helpers.simulate`, each with the sentence it must meet."""

from helpers.simulate import SimulatedGPU

CASES = [
    ("simulate.SimulatedGPU", "negative launch", lambda: SimulatedGPU(launch=-1), r"launch.*-1"),
    ("simulate.SimulatedGPU", "launch in words", lambda: SimulatedGPU(launch="5 us"), r"launch"),
    ("simulate.SimulatedGPU", "clock misspelt", lambda: SimulatedGPU(clock="virtul"),
     r"clock.*did you mean 'virtual'"),
    ("simulate.SimulatedGPU", "start-up", lambda: SimulatedGPU(start_up=None), r"start_up.*None"),
    ("simulate.SimulatedGPU.kernel", "negative", lambda: SimulatedGPU().kernel(-1),
     r"duration.*-1"),
    ("simulate.SimulatedGPU.work", "NaN", lambda: SimulatedGPU().work(float("nan")),
     r"duration.*nan"),
    ("simulate.SimulatedGPU.elapsed", "numbers", lambda: SimulatedGPU().elapsed(0, 1),
     r"start and end.*int.*mark"),
    ("simulate.SimulatedGPU.flush", "no cache", lambda: SimulatedGPU().flush(), r"no cache"),
]
