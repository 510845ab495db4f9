"""The rules: what a protocol says, who is asked when, and what an act changes.

Everything here is pure: documents, instants and facts come in as parameters, values go out. It
reads no clock, draws no lots, opens no connection and waits for nothing. What the outside may say
is parsed here once (`protocol.parse_protocol`); afterwards the types are true.

Not here: tables (`app/models`), SQL (`app/store`), sending (`app/channels`), transactions and
timers (`app/engine`), the proof of what happened (`app/ledger`).
"""
