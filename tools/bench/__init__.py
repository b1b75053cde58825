"""`./run bench`: how many signals and conversions a second, and how long one takes, measured on the real processes."""
