"""What docket is about, in pure terms: nothing in here knows of Redis."""
