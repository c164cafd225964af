"""What the archive says: `summary` of final figures, `claims` of the paper, `starts` of runs."""
