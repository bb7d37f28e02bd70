"""Where families meet methods: budgets, presets, tuned values."""
