package rules

// Conceal is conceal.
func Conceal(text string) string { return conceal(text) }
