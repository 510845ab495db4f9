"""The files of calendar programs: read into shifts, and written from duty. Source: RFC 5545.

`source` takes a file apart, `zone_names` says what its times mean, `rule` which repetitions can be
followed to their end, `reading` gives the occurrences; `writing` is the way back. Parsing and
repeating are the work of libraries (docs/decisions/0013).
"""
