"""What a protocol says: its words, its hours, its document, and what a published one must hold.

Pure, as `app/escalation` is. What the outside may say is parsed here once
(`protocol.parse_protocol`); afterwards the types are true.
"""
