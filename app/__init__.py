"""Renrakumo: who is asked, who answers, and who was responsible at every instant."""
