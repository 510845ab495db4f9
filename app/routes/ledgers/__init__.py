"""The logs over HTTP: what auditors fetch, with our keys or with anyone's tools."""
