"""Rosters (当番表): who is on duty for a desk, at an instant and in an interval, exactly.

Pure, as `app/protocols` is. The document is parsed here once (`roster.parse_roster`); `duty`
answers from it, `history` from its versions, `watch` says what of it is worth a look, `daily`
keeps sets of instants day by day, and `icalendars` reads and writes the files of calendar programs.

Time inside the room is whole milliseconds since 1970 (`interval.Instant`); its doors take aware
datetimes.

Not here: who is reachable and asked (`app/escalation`), where rosters are kept (`app/store`).
"""
