"""The Merkle tree over sealed entries: hashes, proofs, and the tiles that it is kept in.

Pure, and knows neither leaves nor signatures: hashes in, hashes out. Where tiles lie is the
caller's affair, who gives a function that reads them. Formats are those of RFC 9162 §2.1 and
c2sp.org/tlog-tiles.

    merkle.py   the tree's hashes, its frontier, and the checking of proofs
    tile.py     tiles and bundles of entries: their coordinates, paths and bytes
    proof.py    proofs made from tiles
    edge.py     the right edge of a tree in tiles: where it grows, and by what its root is known
"""
