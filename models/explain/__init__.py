"""Why a network decides as it does: maps over the picture."""
