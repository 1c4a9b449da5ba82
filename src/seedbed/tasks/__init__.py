"""The life of a request: task rows and their moves, the dispatcher, the runner, recovery."""
