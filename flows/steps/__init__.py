"""The plain steps of the pipeline, each callable without Prefect."""
