"""Making the tokens of those who were there before."""
