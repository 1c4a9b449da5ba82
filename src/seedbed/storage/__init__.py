"""Where things are kept: the database, blobs, and the locks of running processes."""
