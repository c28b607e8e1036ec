"""The interactive page: what it shows, its views, scripts and style sheet."""
