"""A whole Palaver under people who write, and under faults; afterwards everybody must have seen the same."""
