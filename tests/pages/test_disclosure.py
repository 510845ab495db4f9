import pytest

from app.commands.audit.disclosure import fields_for_holder, is_professional
from app.pages.view import Details
from app.protocols.kinds import OrganisationKind as Kind

FINDING = {"name", "kana", "address", "key_and_entry", "fire_headquarters_number"}
HELPING = {"phones", "risks", "allergies", "family_contacts"}
ON_SCENE = {"birth_date", "physician", "care_notes"}


# Who holds, and what they see before and after arrival.
@pytest.mark.parametrize(
    ("kind", "accepted", "arrived"),
    [
        (Kind.PROVIDER, FINDING | HELPING, FINDING | HELPING | ON_SCENE),
        (Kind.MEDICAL, FINDING | HELPING, FINDING | HELPING | ON_SCENE),
        (Kind.SUPPORT_CENTRE, FINDING | HELPING, FINDING | HELPING | ON_SCENE),
        (Kind.MUNICIPALITY, FINDING | HELPING, FINDING | HELPING | ON_SCENE),
        # Family and volunteers: no diagnosis, on the scene neither.
        (Kind.FAMILY, FINDING | {"phones"}, FINDING | {"phones"}),
        (Kind.VOLUNTEER_GROUP, FINDING, FINDING),
        (Kind.OPERATOR, FINDING, FINDING),
        (None, FINDING, FINDING),
    ],
    ids=range(8),
)
def test_fields_open_by_kind_and_stage(
    kind: Kind | None, accepted: set[str], arrived: set[str]
) -> None:
    assert fields_for_holder(kind, has_arrived=False, is_restricted=False) == accepted
    assert fields_for_holder(kind, has_arrived=True, is_restricted=False) == arrived


@pytest.mark.parametrize("kind", Kind)
def test_nobody_is_led_to_call_family_where_family_is_kept_out(kind: Kind) -> None:
    for has_arrived in (False, True):
        fields = fields_for_holder(kind, has_arrived=has_arrived, is_restricted=True)
        assert "family_contacts" not in fields


def test_whoever_is_unknown_is_no_professional() -> None:
    assert not is_professional(None)
    assert not Details().personal
