"""What anybody may read without a token or a key: the start page, the API's reference, assets.

Nothing here reads the database, and nothing is said of any installation's people.
"""
