"""Whose signatures make a checkpoint believable: the logs, the witnesses, and how many of them.

We write one with each export, and read what we write: single spaces, no comments, no addresses.

Source: c2sp.org/tlog-policy; LEDGER.md 2.6.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from app.ledger.notes.key import KeyType, VerifierKey, parse_verifier_key, verifier_key_text
from app.ledger.notes.text import FormatInvalid, check_text, decode_text

# The quorum that asks for no witness.
NO_QUORUM = "none"
_WORDS = {"log": 2, "witness": 3, "quorum": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness under the name that it has in this policy."""

    name: str
    key: VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several witnesses or groups, of which at least so many must have signed.

    Attributes:
        name: in this policy.
        threshold: a number, or "all" or "any".
        members: names of witnesses, and of groups that stand before this one.
    """

    name: str
    threshold: str
    members: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many members must have signed; 0 if that is no number up to all of them."""
        match self.threshold:
            case "all":
                return len(self.members)
            case "any":
                return 1
            case number if number.isascii() and number.isdigit() and number[0] != "0":
                return int(number) if len(number) < len("1000") else 0
            case _:
                return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a reader asks of a checkpoint: one of the logs signed it, and the quorum saw it."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NO_QUORUM

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise FormatInvalid(f"the policy: {fault}")


def policy_bytes(policy: Policy) -> bytes:
    """The policy as a file: logs, witnesses, groups, quorum."""
    lines = [f"log {verifier_key_text(key)}" for key in policy.logs]
    lines += [f"witness {one.name} {verifier_key_text(one.key)}" for one in policy.witnesses]
    for group in policy.groups:
        lines.append(" ".join(("group", group.name, group.threshold, *group.members)))
    lines.append(f"quorum {policy.quorum}")
    return "".join(f"{line}\n" for line in lines).encode()


def parse_policy(data: bytes) -> Policy:
    """The policy that a file is; `policy_bytes` of it gives the same file.

    Raises:
        FormatInvalid: a line that we do not write, lines in another order, a name that is not
            defined before it is used, used twice or defined twice, the same key twice, or a
            threshold that cannot be met.
    """
    logs, witnesses, groups, quorums = [], [], [], []
    for number, line in enumerate(decode_text(data, "the policy").split("\n")[:-1], 1):
        word, *words = line.split(" ")
        if _WORDS.get(word, len(words) + 1) != len(words) + 1:
            raise FormatInvalid(f"the policy, line {number}: words missing or too many")
        match word, words:
            case "log", [key]:
                logs.append(parse_verifier_key(key))
            case "witness", [name, key]:
                witnesses.append(Witness(name=name, key=parse_verifier_key(key)))
            case "group", [name, threshold, *members]:
                groups.append(Group(name=name, threshold=threshold, members=tuple(members)))
            case "quorum", [name]:
                quorums.append(name)
            case _:
                raise FormatInvalid(f"the policy, line {number}: not a line of a policy")
    if len(quorums) != 1:
        raise FormatInvalid("the policy: exactly one quorum expected")
    policy = Policy(
        logs=tuple(logs), witnesses=tuple(witnesses), groups=tuple(groups), quorum=quorums[0]
    )
    if policy_bytes(policy) != data:
        raise FormatInvalid("the policy: its lines stand in another order")
    return policy


def is_quorum(policy: Policy, signed_by: Collection[VerifierKey]) -> bool:
    """Whether the witnesses among these keys are as many as the policy asks for."""
    if policy.quorum == NO_QUORUM:
        return True
    met = {one.name for one in policy.witnesses if one.key in signed_by}
    for group in policy.groups:
        if sum(member in met for member in group.members) >= group.count:
            met.add(group.name)
    return policy.quorum in met


def _faults(policy: Policy) -> Iterator[str]:
    keys = [(KeyType.NOTE, key) for key in policy.logs]
    keys += [(KeyType.COSIGNATURE, one.key) for one in policy.witnesses]
    if any(key.type is not type_ for type_, key in keys):
        yield "a key of a type that does not belong there"
    if _repeated((type_, key.public) for type_, key in keys):
        yield "the same key twice"
    known = {NO_QUORUM}
    for name in (*(one.name for one in policy.witnesses), *(one.name for one in policy.groups)):
        if not name or any(space in name for space in " \t\n"):
            yield "a name that is empty or holds a space"
        check_text(f"{name}\n", "the policy")
    names = {one.name for one in policy.witnesses}
    if len(names | known) != len(policy.witnesses) + 1:
        yield "a name twice"
    yield from _faults_of_groups(policy, names)


def _faults_of_groups(policy: Policy, names: set[str]) -> Iterator[str]:
    used: set[str] = set()
    for group in policy.groups:
        if not 1 <= group.count <= len(group.members):
            yield f"{group.name} asks for a number that it cannot have"
        for member in group.members:
            if member not in names or member in used:
                yield f"{member} is not defined before {group.name}, or was used already"
            used.add(member)
        if group.name in names or group.name == NO_QUORUM:
            yield "a name twice"
        names.add(group.name)
    if policy.quorum != NO_QUORUM and policy.quorum not in names:
        yield f"the quorum {policy.quorum} is not defined"


def _repeated(keys: Iterable[object]) -> bool:
    listed = list(keys)
    return len(set(listed)) != len(listed)
