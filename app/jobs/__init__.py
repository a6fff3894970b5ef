"""The jobs worker: `python -m app.jobs`. It writes the answers that the database says are to be written."""
