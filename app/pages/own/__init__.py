"""What a link shows to the one who has it, beside incidents: inbox, duty, contacts, a calendar."""
