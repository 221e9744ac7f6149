"""Where events and objects go as data: tables, message brokers, other people's servers."""
