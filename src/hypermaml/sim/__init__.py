"""MuJoCo: one definition of each environment, stepped by the C library on the host or by MJX on the device."""
