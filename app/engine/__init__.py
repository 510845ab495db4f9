"""The hands: what wakes an incident and what sends its messages. No rule of who is next."""
