"""Customer lifetime value: from orders and customer records to a value, a tier and a report for every customer."""
