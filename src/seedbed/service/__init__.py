"""What every dialect, the console and the command line call."""
