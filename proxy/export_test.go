package proxy

// FamilyOf is for tests: which family a User-Agent belongs to.
func FamilyOf(userAgent string) string { return string(familyOf(userAgent)) }
