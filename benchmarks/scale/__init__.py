"""Many cameras: what one costs on this machine, and a simulation of up to ten thousand with these costs."""
