"""What people say, invented: messages in several languages with the word frequencies and lengths of real ones."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

LATIN = ("b c d f g h k l m n p r s t v st tr ch sh br", "a e i o u ea ou ai", " n r s t l nd ck ng")
CYRILLIC = ("б в г д ж з к л м н п р с т х ст пр", "а е и о у я ы ё", " н р с т л нд к й")
ARABIC = ("ب ت ج ح د ر س ش ع ف ق ك ل م ن ه", "ا و ي َ", " ن ر س ت ل م")
FREQUENT = "the to and a of in is it for on that you we with this be have are as at".split()  # noqa: SIM905
CODE = "```python\nfor item in range({n}):\n    print(item, '{word}')\n```"
WORDS = 60_000
START = datetime(2024, 11, 1, tzinfo=UTC)


def _invented(random_: random.Random, parts: tuple[str, str, str], count: int) -> list[str]:
    first, middle, last = (part.split(" ") for part in parts)
    words: dict[str, None] = {}
    while len(words) < count:
        length = random_.choices((1, 2, 3, 4, 5), (10, 40, 30, 15, 5))[0]
        words["".join(random_.choice(first) + random_.choice(middle) for _ in range(length)) + random_.choice(last)] = (
            None
        )
    return list(words)


def _characters(random_: random.Random, start: int, count: int) -> list[str]:
    return [
        "".join(chr(start + random_.randrange(count)) for _ in range(random_.choice((1, 2, 2, 3))))
        for _ in range(WORDS // 4)
    ]


class Talk:
    """A source of messages; the same seed says the same.

    Attributes:
        words: by language, the most frequent first.
    """

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.words = {
            "latin": FREQUENT + _invented(self.random, LATIN, WORDS),
            "russian": _invented(self.random, CYRILLIC, WORDS // 2),
            "arabic": _invented(self.random, ARABIC, WORDS // 4),
            "chinese": _characters(self.random, 0x4E00, 3_000),
            "japanese": _characters(self.random, 0x3042, 80),
            "korean": _characters(self.random, 0xAC00, 1_500),
        }
        self._shares = (72, 8, 4, 6, 6, 4)
        self._weights = {
            language: list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(words))))
            for language, words in self.words.items()
        }

    def message(self, number: int, count: int) -> str:
        """A text of a few words to a few hundred. Some hold a word that no other has, the oldest a word of their own."""
        language = self.random.choices(list(self.words), self._shares)[0]
        length = min(400, max(1, int(self.random.lognormvariate(2.7, 0.9))))
        words = self.random.choices(self.words[language], cum_weights=self._weights[language], k=length)
        joint = "" if language in ("chinese", "japanese") else " "
        text = joint.join(words)
        if number % 1_000 == 0:
            text += f" needle{number}"
        if number < count * 0.4 and number % 4 < 3:
            text += " bygone"
        if self.random.random() < 0.04:
            text += "\n" + CODE.format(n=number, word=words[0])
        return text


def rows(count: int, conversations: list[str], weights: list[float], authors: list[str]) -> Iterator[str]:
    """Lines for `copy palaver.messages`; every fifth begins a thread, the others reply to the thread's first."""
    talk, sequence = Talk(), dict.fromkeys(conversations, 0)
    roots: dict[str, str] = {}
    places = talk.random.choices(conversations, weights, k=count)
    escape: Callable[[str], str] = lambda text: text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")  # noqa: E731
    for number, place in enumerate(places):
        at = START + timedelta(seconds=number * (63_000_000 / count))
        made = str(uuid.UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number))
        sequence[place] += 1
        begins = place not in roots or number % 5 == 0
        if begins:
            roots[place] = made
        author = talk.random.randrange(len(authors))
        role = "assistant" if author == 0 else "user"
        parent, depth = ("\\N", 1) if begins else (roots[place], 2)
        yield "\t".join((
            made, place, roots[place], parent, str(sequence[place]), str(depth), str(number), authors[author], role,
            escape(talk.message(number, count)), at.isoformat(),
        )) + "\n"  # fmt: skip
