"""When each step runs: Prefect flows, thin, around the plain functions in flows.steps."""
