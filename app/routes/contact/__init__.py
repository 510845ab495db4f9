"""The API of whether contact points reach somebody."""
