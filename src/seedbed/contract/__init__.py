"""The contract as data and pure functions: it imports nothing of ours.

models.toml, models.py   the matrix: what each model allows
sizes.py                 sizes in pixels
ratios.py                aspect ratios as a prompt says them
resolve.py               from a request's words about size to pixels
request.py               a request in domain form, and the rules that read the matrix
usage.py                 what a request used
capabilities.py          the matrix as JSON and as a table for documents
errors.py                every error of the API
"""
