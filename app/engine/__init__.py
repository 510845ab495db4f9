"""The hands: every transaction, timer and send. No rule of who is next lives here."""
