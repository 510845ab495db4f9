"""One spelling for all the ways in which a name or a telephone number is written."""

import re
import unicodedata
from typing import Final

_HIRAGANA: Final = range(0x3041, 0x3097)
_TO_KATAKANA: Final = 0x60
# Many registers know no small kana: キヨウコ is キョウコ.
_SMALL_KANA: Final = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
# What people put between the parts of a name, after NFKC.
_BETWEEN: Final = re.compile(r"[\s・·=,、]+")
_JAPAN: Final = "+81"


def one_spelling(text: str) -> str:
    """Letters and digits alone: NFKC, without case, hiragana and small kana as large katakana.

    Spaces, middle dots and variation selectors are gone. Old and new forms of a kanji (髙 and 高)
    stay different: no kept library says which are the same name.
    """
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    katakana = "".join(
        chr(ord(one) + _TO_KATAKANA) if ord(one) in _HIRAGANA else one for one in wide
    )
    return "".join(one for one in katakana.translate(_SMALL_KANA) if one.isalnum())


def parts_of(name: str) -> list[str]:
    """The parts of a name in one spelling: family name and given name, where a space is between."""
    parts = _BETWEEN.split(unicodedata.normalize("NFKC", name))
    return [spelt for part in parts if (spelt := one_spelling(part))]


def digits_of(number: str) -> str:
    """The digits of a telephone number, as it is dialled in Japan: +81 is 0."""
    plain = unicodedata.normalize("NFKC", number).strip()
    digits = "".join(one for one in plain if one.isdecimal())
    if plain.startswith(_JAPAN):
        # "+81 (0)90 …" is written too.
        return "0" + digits[len(_JAPAN) - 1 :].lstrip("0")
    return digits


def may_be_number(word: str) -> bool:
    """Whether what somebody searches for may be a telephone number."""
    return bool(digits_of(word)) and not any(one.isalpha() for one in word)
