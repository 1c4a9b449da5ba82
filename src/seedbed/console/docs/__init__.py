"""The manual of the console: prose as Markdown, every fact in it from the tables of the API."""
