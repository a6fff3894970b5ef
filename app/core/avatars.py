"""Pictures of one emoji or two letters."""

from __future__ import annotations

import re
import unicodedata

JOINER, AS_PICTURE = "\u200d", "\ufe0f"
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
# England, Scotland and Wales: a black flag with the letters as tags.
_TAGS = re.compile("[\U000e0020-\U000e007f]+")


def is_avatar(text: str) -> bool:
    """Is it one emoji, or one or two letters or digits?"""
    if text.isalnum() and len(text) <= 2:
        return True
    return len(text) <= 16 and bool(_FLAG.fullmatch(text) or _KEYCAP.fullmatch(text) or _is_picture(text))


def _is_picture(text: str) -> bool:
    """Pictures that are joined into one, such as a family or a rainbow flag."""
    parts = _TAGS.sub("", text).split(JOINER)
    return all(len(bare := _SKIN.sub("", part).replace(AS_PICTURE, "")) == 1 and _is_symbol(bare) for part in parts)


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sm") and ord(character) > 0x2000
