"""Keys, and a log of two entries: the vectors of LEDGER.md 2.4 to 2.7."""

from datetime import UTC, datetime

from app.ledger.entry import leaf_hash
from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.key import KeyType, SignerKey
from app.ledger.tree.merkle import Frontier, extended, root

ORIGIN = "ledger.example/city-a"
AT = datetime(2026, 11, 23, 3, 5, tzinfo=UTC)

LOG_KEY = SignerKey(name=ORIGIN, seed=bytes(range(32)))
LOG_VKEY = "ledger.example/city-a+3ce076f6+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
WITNESS_KEY = SignerKey(
    name="witness.example/w1", type=KeyType.COSIGNATURE, seed=bytes(range(32, 64))
)
OTHER_KEY = SignerKey(name=ORIGIN, seed=bytes(range(64, 96)))

# The shortened leaves of 2.7: what is hashed are their bytes, whatever they say.
LEAVES = (
    (
        b'{"actor":"system","at":"2026-11-23T03:00:00.000Z","basis":"agreement","cause":"reported",'
        b'"from":null,"incident":"0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11","prev":null,"sd":[],"seq":0,'
        b'"to":"h1","type":"opened","v":"responsibility/1"}'
    ),
    (
        b'{"actor":"h2","at":"2026-11-23T03:04:12.345Z","basis":"acceptance","cause":"acknowledged",'
        b'"from":"h1","incident":"0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11",'
        b'"prev":"85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ=",'
        b'"sd":["jmRFYwDMcHx6I83y5O9VyHjNDnzawPacMySZR2X7zsY"],"seq":1,"to":"h2",'
        b'"type":"transferred","v":"responsibility/1"}'
    ),
)
HASHES = tuple(leaf_hash(leaf) for leaf in LEAVES)
# The message of c2sp.org/signed-note, its key, and its signature.
SPECIFIED_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPECIFIED = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()
CHECKPOINT = Checkpoint(origin=ORIGIN, size=2, root=root(extended(Frontier(), HASHES)))
# The signed checkpoint, which Go's x/mod accepts.
SIGNED = """\
ledger.example/city-a
2
hwAopmLQq8UddJb0LgDNPzscf3vXqYwDrJjpydautsE=

— ledger.example/city-a POB29qB10D8KjyGxkukoRnU50V7598EsMZ+VkQhS6fEO8t6kjJbluis148X1sCPUu1hsVRqoIrqz2Q4Xb2N1KSjcxQw=
""".encode()  # noqa: E501 - the line is signed as it is
