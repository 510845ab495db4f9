"""Whether contact points still reach somebody: what was asked, what was answered."""
