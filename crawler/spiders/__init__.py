"""Scrapy: the spider that does fetch jobs, and the middlewares between it and the network."""
