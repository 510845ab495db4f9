"""What coordinators keep: organisations, parties, contact points, clients, protocols, keys."""
