"""Load, PV and wind by the quarter hour: of simbench, of a user's folder, or made up."""
