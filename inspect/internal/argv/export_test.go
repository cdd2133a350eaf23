package argv

import "bytes"

// Assignments is assignments.
func Assignments(text []byte) map[string][]byte { return assignments(text) }

// PlainAssignments is what assignments says, found in the whole of text at once.
func PlainAssignments(text []byte) map[string][]byte {
	values := map[string][]byte{}
	for _, m := range assigned.FindAllSubmatch(text, mostVariables) {
		if name := string(m[1]); values[name] == nil {
			values[name] = bytes.Trim(m[2], `"'`)
		}
	}
	return values
}
