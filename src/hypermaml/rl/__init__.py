"""Reinforcement learning for one task: rollouts, policies, gradient estimators, baseline and advantages."""
