package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Vars are free words about a registry, for policies: trust=low. Each is a text.
type Vars map[string]string

// Bounds of Vars, so that a decision never takes long over them.
const (
	maxVars     = 32
	maxVarValue = 256 // bytes
)

// varName is a name that CEL takes behind a dot, in lower case
// (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax, IDENT).
var varName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// UnmarshalText reads "trust=low,team=web". A value that holds a comma has to be in a file.
func (v *Vars) UnmarshalText(text []byte) error {
	out := Vars{}
	for one := range strings.SplitSeq(string(text), ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(one), "=")
		if !ok {
			return errors.New("not a list of variables (trust=low,team=web)")
		}
		if _, twice := out[name]; twice {
			return fmt.Errorf("%.100q is set twice", name)
		}
		out[name] = value
	}
	*v = out
	return nil
}

// String writes the variables as UnmarshalText reads them, by name.
func (v Vars) String() string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		out = append(out, name+"="+v[name])
	}
	return strings.Join(out, ",")
}

func (v Vars) check() error {
	if len(v) > maxVars {
		return fmt.Errorf("more than %d", maxVars)
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		switch value := v[name]; {
		case !varName.MatchString(name):
			return fmt.Errorf("%.100q is not a name: a lower-case letter, then such letters, digits and _, 63 at most", name)
		case len(value) > maxVarValue:
			return fmt.Errorf("%s has more than %d bytes", name, maxVarValue)
		case !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
			return fmt.Errorf("%s is not one line of text", name)
		}
	}
	return nil
}
