"""R7: whether each transfer was allowed, and due, by the pinned protocol and the evidence.

By the judge's own reading of the document and its own rules: nothing here knows how the program
decides, so an error there is an error found here. Where something was erased, or is kept back
from this reader, what remains is judged; in doubt nothing is found.

    when.py      the document's local times: which variant applies, what is night
    plan.py      the pinned document, as far as it binds anybody
    course.py    what the entries have told so far
    starts.py    steps: which may begin, when, on what evidence
    asking.py    who is asked, asked again, told, left out
    holding.py   who accepts, hands over, goes there, ends it
    judge.py     one incident, entry by entry
    planned.py   what is due next

Source: DESIGN.md 3 and 4.1; LEDGER.md 9.3 and 9.4, R7.
"""
