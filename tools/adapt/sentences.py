# SPDX-License-Identifier: Apache-2.0
"""Sentence templates (the Home Assistant custom-sentence format) as the smallest automaton, for PocketSphinx.

A tree is ("word", w), ("all", [trees]), ("any", [trees]) or ("shuffle", [trees])."""
import itertools
import re

TOKEN = re.compile(r"[\[\](){}<>|;]|[^\s\[\](){}<>|;]+")
EMPTY = ("all", [])
CLOSING = {"[": "]", "(": ")"}


class Domain:
    """One intent of a sentence file; `slots` narrows it to the sentences that say just these."""

    def __init__(self, content, slots=None):
        self.rules = content.get("expansion_rules", {})
        self.lists = content["lists"]
        self.slots = slots
        (self.intent,) = content["intents"]
        self.sentences = [s for block in content["intents"][self.intent]["data"] for s in block["sentences"]]

    def tree(self):
        return ("any", [self.parse(s) for s in self.sentences])

    def parse(self, text):
        tokens = TOKEN.findall(text)
        tree = self.sequence(tokens, None)
        if tokens:
            raise ValueError("unbalanced template: " + text)
        return tree

    def sequence(self, tokens, closing):
        """Reads up to `closing`, which it takes; ; and | do not mix on one level."""
        parts, kind = [[]], "any"
        while tokens and tokens[0] != closing:
            token = tokens.pop(0)
            if token in "|;":
                kind = "any" if token == "|" else "shuffle"
                parts.append([])
            elif token in CLOSING:
                inner = self.sequence(tokens, CLOSING[token])
                parts[-1].append(inner if token == "(" else ("any", [inner, EMPTY]))
            elif token in "{<":
                name = tokens.pop(0)
                tokens.pop(0)
                parts[-1].append(self.values(name) if token == "{" else self.parse(self.rules[name]))
            else:
                parts[-1].append(("word", token.lower()))
        if closing:
            tokens.pop(0)
        return (kind, [("all", part) for part in parts])

    def values(self, name):
        if self.slots is None:
            texts = [v["in"] if isinstance(v, dict) else v for v in self.lists[name]["values"]]
        else:
            texts = [self.slots[name]] if name in self.slots else []
        return ("any", [self.parse(text) for text in texts])

    def slots_of(self, words):
        """The slots of a sentence: {name: words}, or None when it is not one of the domain's."""
        found = spans(self.marked(), words)
        return None if found is None else {name: " ".join(said) for name, said in found.items()}

    def marked(self):
        plain, self.values = self.values, lambda name: ("slot", name, plain(name))
        try:
            return self.tree()
        finally:
            del self.values


def spans(tree, words):
    for end, slots in ways(tree, words, 0):
        if end == len(words):
            return slots
    return None


def ways(tree, words, at):
    """Every (end, slots) in which the tree takes words from `at`."""
    if tree[0] == "word":
        if at < len(words) and words[at] == tree[1]:
            yield at + 1, {}
    elif tree[0] == "any":
        for branch in tree[1]:
            yield from ways(branch, words, at)
    elif tree[0] == "slot":
        for end, _ in ways(tree[2], words, at):
            yield end, {tree[1]: words[at:end]}
    elif tree[0] == "shuffle":
        for order in itertools.permutations(tree[1]):
            yield from ways(("all", list(order)), words, at)
    elif not tree[1]:
        yield at, {}
    else:
        for middle, first in ways(tree[1][0], words, at):
            for end, rest in ways(("all", tree[1][1:]), words, middle):
                yield end, {**first, **rest}


class Automaton:
    """Non-deterministic while it is built: words[q] is [(word, target)], empty[q] is [target]."""

    def __init__(self, tree):
        self.words, self.empty = [], []
        self.start = self.state()
        self.end = self.add(tree, self.start)

    def state(self):
        self.words.append([])
        self.empty.append([])
        return len(self.words) - 1

    def add(self, tree, at):
        kind, body = tree
        if kind == "word":
            target = self.state()
            self.words[at].append((body, target))
            return target
        if kind == "all":
            for part in body:
                at = self.add(part, at)
            return at
        if kind == "shuffle":
            body = [("all", list(order)) for order in itertools.permutations(body)]
        target = self.state()
        for branch in body:
            self.empty[self.add(branch, at)].append(target)
        return target

    def closure(self, states):
        reached, todo = set(states), list(states)
        while todo:
            for target in self.empty[todo.pop()]:
                if target not in reached:
                    reached.add(target)
                    todo.append(target)
        return frozenset(reached)

    def deterministic(self):
        """[({word: state}, final)], state 0 first."""
        first = self.closure([self.start])
        number, rows, todo = {first: 0}, [], [first]
        for states in todo:
            targets = {}
            for state in states:
                for word, target in self.words[state]:
                    targets.setdefault(word, set()).add(target)
            row = {}
            for word in sorted(targets):
                reached = self.closure(targets[word])
                if reached not in number:
                    number[reached] = len(number)
                    todo.append(reached)
                row[word] = number[reached]
            rows.append((row, self.end in states))
        return rows


def smallest(rows):
    """Moore's partition refinement: (start, {state: ({word: state}, final)})."""
    block = [int(final) for _, final in rows]
    while True:
        signatures, refined = {}, []
        for old, (row, _) in zip(block, rows):
            key = (old, tuple((word, block[target]) for word, target in row.items()))
            refined.append(signatures.setdefault(key, len(signatures)))
        if len(set(refined)) == len(set(block)):
            break
        block = refined
    return block[0], {b: ({w: block[t] for w, t in row.items()}, final) for b, (row, final) in zip(block, rows)}


def fsg(tree):
    """The text of PocketSphinx's finite state grammar; every transition has probability 1."""
    start, states = smallest(Automaton(tree).deterministic())
    end = max(states) + 1
    lines = ["FSG_BEGIN sentences", f"NUM_STATES {end + 1}", f"START_STATE {start}", f"FINAL_STATE {end}"]
    for state, (row, final) in sorted(states.items()):
        lines += [f"TRANSITION {state} {target} 1.0 {word}" for word, target in row.items()]
        if final:
            lines.append(f"TRANSITION {state} {end} 1.0")
    return "\n".join(lines) + "\nFSG_END\n"


def words_of(tree):
    return {tree[1]} if tree[0] == "word" else set().union(*(words_of(t) for t in tree[1]))
