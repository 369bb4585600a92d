"""What every test runs under: its own databases, folders and settings."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure, and a gate must not fail by chance.
settings.register_profile(
    "gate",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gate")
