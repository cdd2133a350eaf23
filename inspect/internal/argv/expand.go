package argv

import (
	"bytes"
	"regexp"
)

// assigned is NAME=value, as a shell and a list of variables have it: at the beginning of
// a line or after what may stand before it.
var assigned = regexp.MustCompile(`(?m)(?:^|[;&|\n]|export |ENV |ARG |local |readonly )[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})=("[^"$\x60\n]{1,512}"|'[^'\n]{1,512}'|[^\s"'$\x60;|&()<>]{1,512})`)

// variable is a use of one.
var variable = regexp.MustCompile(`\$(?:([A-Za-z_][A-Za-z0-9_]{0,63})|\{([A-Za-z_][A-Za-z0-9_]{0,63})(?::?[-=][^}\n]{0,512})?\})`)

// mostVariables is how many assignments of a text are looked at.
const mostVariables = 256

// located is a program whose path a shell asks for: $(which NAME), `command -v NAME`.
var located = regexp.MustCompile(`(?:\$\(|\x60)[ \t]*(?:which|command[ \t]+-v|type[ \t]+-[pP])[ \t]+([\w./+-]{1,64})[ \t]*(?:2>[ \t]*/dev/null[ \t]*)?(?:\)|\x60)`)

// Located puts the names of programs in the place of what asks for their paths.
func Located(text []byte) []byte {
	for _, ask := range [...]string{"$(which ", "`which ", "$(command -v ", "`command -v ", "$(type -", "`type -", "$( which "} {
		if bytes.Contains(text, []byte(ask)) {
			return located.ReplaceAll(text, []byte("$1"))
		}
	}
	return text
}

// Expand puts into text the values of the variables that text itself sets to something
// constant, and the names of programs where their paths are asked for. What is set more than once has its first value. Without such variables text
// is returned as it is; otherwise offsets in the result differ from those in text.
func Expand(text []byte) []byte {
	const mostGrowth = 1 << 20
	text = Located(text)
	if bytes.IndexByte(text, '$') < 0 {
		return text
	}
	values := assignments(text)
	grown := 0
	return variable.ReplaceAllFunc(text, func(use []byte) []byte {
		m := variable.FindSubmatch(use)
		value, ok := values[string(m[1])+string(m[2])]
		if !ok {
			// ${NAME:-default} of a variable that is not set.
			if i := bytes.IndexAny(use, "-="); i > 0 && use[1] == '{' {
				value, ok = use[i+1:len(use)-1], true
			}
		}
		if grown += len(value); !ok || grown > mostGrowth {
			return use
		}
		return value
	})
}

// assignments are the variables that text sets, by their names, each with its first value.
func assignments(text []byte) map[string][]byte {
	values, left := map[string][]byte{}, mostVariables
	for line := range bytes.Lines(text) { // a match is in one, and most have none
		if bytes.IndexByte(line, '=') < 0 {
			continue
		}
		for _, m := range assigned.FindAllSubmatch(line, left) {
			if name := string(m[1]); values[name] == nil {
				values[name] = bytes.Trim(m[2], `"'`)
			}
			left--
		}
		if left == 0 {
			break
		}
	}
	return values
}
