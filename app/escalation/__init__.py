"""The rules: who is asked when, and what an act changes.

Everything here is pure: documents, instants and facts come in as parameters, values go out. It
reads no clock, draws no lots, opens no connection and waits for nothing. The values stand here,
`decide` is the one door, and the moves that it chooses from are in `moves`.

Not here: what a protocol may say (`app/protocols`), tables (`app/models`), SQL (`app/store`),
sending (`app/channels`), transactions (`app/writer`) and timers (`app/engine`), the proof of what
happened (`app/ledger`).
"""
