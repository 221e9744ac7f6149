"""The runtimes, one file each: the only places that import one."""
