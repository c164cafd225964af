"""What the archive says: final figures summed up, claims judged, archives compared, runs reproduced.

In tables and in prose; `starts` has what archived runs started from.
"""
