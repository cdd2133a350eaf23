package records

// Query is how Pulls asks.
func Query(f Filter) (string, []any) { return f.query() }
