"""The verbs of the API and of the pages: who may do what, and what it does. No HTTP here.

Incidents, links and inboxes stand here; `directory` has what coordinators keep, `audit` what
auditors read.
"""
