"""From shapes to files: frames, PNG, PDF, GIF and TikZ."""
