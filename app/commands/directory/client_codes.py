"""The short code that stands for a client in every message: random, never derived from anything."""

import secrets
from collections.abc import Callable
from itertools import count
from typing import Final

# Without 0 and O, 1, I and L: it is read aloud over the telephone.
CODE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 5
# So many codes in a row are taken only where those of this length run short.
DRAWS_PER_LENGTH: Final = 8


def draw_code(length: int) -> str:
    """A random code of this many characters."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def free_code(is_taken: Callable[[str], bool], draw: Callable[[int], str] = draw_code) -> str:
    """A random code that is not taken; longer where the short ones run short."""
    codes = (draw(length) for length in count(CODE_LENGTH) for _ in range(DRAWS_PER_LENGTH))
    return next(code for code in codes if not is_taken(code))
