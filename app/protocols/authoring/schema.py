"""The protocol document as JSON Schema, for editors and for whoever makes documents by program.

It refuses nothing that the parser takes; the parser refuses more, for instance a name that comes
twice. Source: JSON Schema, Draft 2020-12.
"""

from typing import Any, Final

from app.protocols.authoring.labels import MEMBERS
from app.protocols.protocol import Protocol

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DESCRIPTION: Final = (
    "緊急時手順書。だれを、どの順に、どれだけ待って呼び出すか。"
    " A protocol: who is asked in an emergency, in which order, for how long."
)
# Texts are counted after surrounding space is taken away and characters are composed.
_LINE_MAX: Final = 200


def protocol_schema(identifier: str) -> dict[str, Any]:
    """The schema, with its address as `$id`.

    Args:
        identifier: where it is published.
    """
    schema = Protocol.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        _name_members(part)
    _loosen(schema)
    schema |= {"title": "緊急時手順書 / protocol", "description": _DESCRIPTION}
    return {"$schema": DIALECT, "$id": identifier} | schema


def _name_members(part: dict[str, Any]) -> None:
    """Call the members of an object what people call them, in both languages."""
    if "description" in part:
        # What follows the first sentence is for those who read the program.
        part["description"] = part["description"].partition(". ")[0].rstrip(".") + "."
    for name, member in part.get("properties", {}).items():
        said = MEMBERS[name]
        member["title"] = f"{said.ja} / {said.en}"


def _loosen(node: object) -> None:
    if isinstance(node, list):
        for one in node:
            _loosen(one)
    elif isinstance(node, dict):
        if node.get("type") == "string" and node.get("maxLength") == _LINE_MAX:
            del node["maxLength"]
        for one in node.values():
            _loosen(one)
