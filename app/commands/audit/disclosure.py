"""Staged disclosure: which personal fields the holder may see, and when (CARE.md 3.2, R2)."""

from typing import Final

from app.protocols.kinds import OrganisationKind

_TO_FIND: Final = frozenset(
    {"name", "kana", "address", "key_and_entry", "fire_headquarters_number"}
)
_TO_CALL: Final = frozenset({"phones"})
_TO_HELP: Final = frozenset({"risks", "allergies", "family_contacts"})
_ON_SCENE: Final = frozenset({"birth_date", "physician", "care_notes"})

# Bound to secrecy by law or contract; everybody else sees no diagnosis.
_PROFESSIONALS: Final = frozenset(
    {
        OrganisationKind.MUNICIPALITY,
        OrganisationKind.SUPPORT_CENTRE,
        OrganisationKind.PROVIDER,
        OrganisationKind.MEDICAL,
    }
)


def is_professional(kind: OrganisationKind | None) -> bool:
    """Whether people of such an organisation may see what tells of health."""
    return kind in _PROFESSIONALS


def fields_for_holder(
    kind: OrganisationKind | None, *, has_arrived: bool, is_restricted: bool
) -> frozenset[str]:
    """The personal fields that a holder of an organisation of this kind may see.

    Where family is kept out (`is_restricted`) nobody is led to call them.
    """
    if kind is OrganisationKind.FAMILY:
        return _TO_FIND | _TO_CALL
    if not is_professional(kind):
        # Volunteers, and whoever is not known: enough to get there.
        return _TO_FIND
    fields = _TO_FIND | _TO_CALL | _TO_HELP
    if is_restricted:
        fields -= {"family_contacts"}
    return fields | _ON_SCENE if has_arrived else fields
