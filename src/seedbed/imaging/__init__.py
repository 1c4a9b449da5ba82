"""Pictures after the engine: finishing, from pixels to the file that is delivered."""
