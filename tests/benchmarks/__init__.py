"""What a case costs and how long a decision waits, beside Prefect's own process worker; goals are printed only."""
