"""Can the tests fail? Small faults are put into the sources, one by one; see ``__main__``."""
