"""The archive of runs, results/<experiment>/<scale>/, manifests and tables: `reading` needs pandas alone."""
