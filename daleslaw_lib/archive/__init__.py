"""The archive of runs, results/<experiment>/<scale>/: `reading`, which needs pandas alone, and `writing`."""
