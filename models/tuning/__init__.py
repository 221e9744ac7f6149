"""Settings searched for, in a study that several processes share and a killed one goes on with."""
