"""The JSON API for programs: one file per resource, each act shared with the screens (ui/acts.py)."""
