"""Sites with load, PV and wind: dispatching a battery, and forecasting the next day."""
