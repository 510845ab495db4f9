"""Where the data keys lie, which columns are sealed under them, and how a subject is erased."""
