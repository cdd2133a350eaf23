package upstream

// For fuzzing: parsers of what strangers send.
var (
	ParseContentRange = parseContentRange
	ParseLimit        = parseLimit
	RetryAfter        = retryAfter
	Clean             = clean
)
