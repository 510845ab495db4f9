"""Whether contact points still reach somebody: asking, answering, reporting."""
