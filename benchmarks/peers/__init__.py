"""The same task with other people's libraries, each in an environment of its own, versions pinned."""
