"""How a network comes to know: config, augmentation, optimisers, schedules, the loop and what it leaves."""
