"""The command line ``python -m nn``.

`main` runs a command and turns what goes wrong into words and exit codes. A command (`command`)
stands beside its handler: `train`, `look` (evaluate, predict, draw), `datasets`. `runs` trains and
keeps a run in its folder, with the lecture's `prediction_log`. `reading` reads a `configuration` in
one of two formats: `toml_configuration` and `course_configuration`.
"""
