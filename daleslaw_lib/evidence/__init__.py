"""What the archive says: final figures summed up, claims judged, runs reproduced, what they started from."""
