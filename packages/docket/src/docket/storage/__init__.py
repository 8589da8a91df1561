"""How a docket is laid out in Redis: keys, scripts, and a module of verbs for each structure."""
