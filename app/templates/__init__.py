"""Protocol templates (ひな形): one YAML file each, after contact orders that were published.

A file says where it comes from, when it fits, which places are to be filled, and the document. What
a number is based on stands beside it; where the source has none, the comment says so. No file
dials 119 or 110: where a source has the fire station as a step, the accountable desk stands there.
`reading` reads them; how they are filled is `app/protocols/authoring`'s matter.
"""
