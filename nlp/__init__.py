"""Reading: a document becomes an annotation of entities, times and claims."""
