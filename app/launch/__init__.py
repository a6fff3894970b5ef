"""The launcher behind `scripts/run`: the database, the local model, the jobs and the web server, as one program."""
