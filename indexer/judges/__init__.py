"""One judge a family of claims. Each says what the view holds of the claim as if it were asserted as a fact.

`indexer.verdict` chooses the judge, and turns its finding by the claim's polarity and modality.
"""
