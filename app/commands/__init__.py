"""The verbs of the API and of the pages: who may do what, and what it does. No HTTP here."""
