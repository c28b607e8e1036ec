"""Why a gradient is zero, nan, huge or not there."""
