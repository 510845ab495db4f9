"""A demonstration: a small city with people and protocols, and one incident to watch.

Everything here goes through the public API, as any coordinator or provider would.
"""
