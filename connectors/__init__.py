"""One module per source: fetch its pages, parse them into values. No database, no Prefect."""
