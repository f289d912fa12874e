"""What CI asks of a result: budgets, a comparison with another result, test reports, what it was made of."""
