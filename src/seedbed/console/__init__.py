"""The console: pages for people. Templates and scripts of our own, nothing from elsewhere."""
