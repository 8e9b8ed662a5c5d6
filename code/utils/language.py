"""How likely a sign is after others: an n-gram of signs with interpolated Witten-Bell smoothing.

Witten, Bell 1991, "The zero-frequency problem"; the form of Chen, Goodman 1998. Counted on a list of phrases, such as
code/alphabets/phrases_lzv.txt, which was written for this project and may be passed on with it.
"""

import math
from collections import Counter, defaultdict

START = -1


class SignModel:
    """P(sign | up to `order` - 1 signs before it); called with indices it gives the logarithm."""

    def __init__(self, phrases: list[list[str]], char_map: dict[str, int], order: int = 4):
        self.order, self.size = order, len(char_map)
        self.following: dict[tuple[int, ...], Counter] = defaultdict(Counter)
        for phrase in phrases:
            signs = [START] * (order - 1) + [char_map[sign] for sign in phrase]
            for place in range(order - 1, len(signs)):
                for length in range(order):
                    self.following[tuple(signs[place - length:place])][signs[place]] += 1

    def probability(self, before: tuple[int, ...], sign: int) -> float:
        """P(sign | before), never zero; the probabilities of all signs add up to 1."""
        context = ((START,) * (self.order - 1) + before)[-(self.order - 1):] if self.order > 1 else ()
        probability = 1 / self.size
        for length in range(self.order):
            counts = self.following.get(context[len(context) - length:])
            if counts is None:
                break
            kinds, total = len(counts), counts.total()
            probability = (counts[sign] + kinds * probability) / (total + kinds)
        return probability

    def __call__(self, before: tuple[int, ...], sign: int) -> float:
        return math.log(self.probability(before, sign))
