"""Say sentences from the templates of a smart home: the part of `build.py` that makes `intents`.

The templates are those of Home Assistant; the words for rooms, devices and free text are ours.
The standard library is enough.
"""

from __future__ import annotations

import random
import re

# What stands for a name of the listener's own home, or for words that may be anything.
OWN_WORDS = {
    "area": ["kitchen", "bedroom", "living room", "office", "garage", "hallway"],
    "name": [
        "desk lamp",
        "front door",
        "thermostat",
        "coffee maker",
        "tv",
        "ceiling fan",
        "hall light",
    ],
    "floor": ["first", "ground", "upper"],
}
FREE_WORDS = {
    "message": ["dinner is ready", "time to go", "the guests are here"],
    "item": "milk",
    "todo_list_item": ["buy milk", "call mum", "water the plants"],
    "shopping_list_item": ["milk", "eggs", "bread"],
    "search_query": ["jazz", "the beatles", "some rock music"],
    "timer_name": ["pizza", "tea", "laundry"],
    "timer_command": ["turn off the lights", "open the garage door"],
}
NO_LIST = {"message": "dinner is ready", "search_query": "jazz"}


class Speaker:
    """Says sentences from a template: (a|b) one of them, [a] perhaps, (a;b) in any order,
    {list} a word of a list, <rule> another template.

    A bracket draws for all its parts, then chooses: the order of the draws is part of the recipe.
    """

    def __init__(self, grammar: dict, rng: random.Random):
        self.lists, self.rules = grammar["lists"], grammar["expansion_rules"]
        self.rng, self.depth = rng, 0

    def say(self, template: str) -> str:
        words, _ = self._bracket(template, 0, end="")
        return re.sub(r"\s+", " ", words).strip()

    def _bracket(self, template: str, at: int, end: str) -> tuple[str, int]:
        """Say what stands between two brackets; return it and the place of the closing one."""
        options, in_any_order, now = [], [], ""
        while at < len(template) and not (end and template[at] == end):
            mark = template[at]
            if mark == "|":
                options, now = [*options, now], ""
            elif mark == ";":
                in_any_order, now = [*in_any_order, now], ""
            else:
                words, at = self._piece(template, at, mark)
                now += words
            at += 1
        if in_any_order:
            in_any_order.append(now)
            self.rng.shuffle(in_any_order)
            return " ".join(in_any_order), at
        return self.rng.choice([*options, now]), at

    def _piece(self, template: str, at: int, mark: str) -> tuple[str, int]:
        """Say one piece; return it and the place of its last letter."""
        if mark == "(":
            return self._bracket(template, at + 1, ")")
        if mark == "[":
            words, at = self._bracket(template, at + 1, "]")
            return (words if self.rng.random() < 0.5 else ""), at
        if mark == "{":
            close = template.index("}", at)
            return self._word(template[at + 1 : close]), close
        if mark == "<":
            close = template.index(">", at)
            return self._rule(template[at + 1 : close]), close
        if mark == "\\":
            return template[at + 1 : at + 2], at + 1
        return mark, at

    def _rule(self, name: str) -> str:
        if self.depth >= 25:
            return ""
        self.depth += 1
        words, _ = self._bracket(self.rules.get(name, name), 0, end="")
        self.depth -= 1
        return words

    def _word(self, name: str) -> str:
        name = name.partition(":")[0]
        if name in OWN_WORDS:
            return self.rng.choice(OWN_WORDS[name])
        entry = self.lists.get(name)
        if not entry:
            return NO_LIST.get(name, name.replace("_", " "))
        if entry.get("wildcard"):
            return self._free(name)
        if "range" in entry:
            low, high = int(entry["range"]["from"]), int(entry["range"]["to"])
            return str(self.rng.randrange(low, high + 1, int(entry["range"].get("step", 1))))
        value = self.rng.choice(entry["values"])
        value = value if isinstance(value, str) else value.get("in", value.get("out", ""))
        return self.say(str(value))

    def _free(self, name: str) -> str:
        # One draw for each list, whether it is used or not: see the class.
        drawn = {
            key: words if isinstance(words, str) else self.rng.choice(words)
            for key, words in FREE_WORDS.items()
        }
        return drawn.get(name, name.replace("_", " "))
