package inspect

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// What a report keeps of a config (its commands and its history) is shown beside findings and kept
// in stores that others read, and it is where people put their secrets. So the values that a
// detector calls a secret are cut short in it wherever they occur, and so is what is
// written as one: a password in a URL, and the value of a name such as API_TOKEN.

// shownOfSecret is how many characters of a secret remain.
const shownOfSecret = 4

// named is NAME=value, NAME: value or --name value, of names that secrets have; user the
// user information of a URL (RFC 3986, section 3.2.1); flag an option whose argument
// follows; chars what a secret is taken to be of, from where it begins.
var (
	named = regexp.MustCompile(`(?i)((?:passw(?:or)?d|passphrase|passwd|pwd|secret|token|credentials?|(?:api|access|private|secret|auth|account|encryption|signing)[_.-]?key)[a-z0-9_.-]{0,30}["']?\s{0,3}[=:]\s{0,3}["']?|--?[a-z0-9_-]{0,30}(?:password|passwd|secret|token|api-?key)\s{1,3}["']?)([^\s;&|"'\x60\\$(){}<>,]{4,})`)
	user  = regexp.MustCompile(`(://[^\s/:@"'\x60]{0,256}:)([^\s/@"'\x60]+)@`)
	flag  = regexp.MustCompile(`(?i)^--?[a-z0-9_-]{0,30}(?:password|passwd|secret|token|api-?key)$`)
	chars = regexp.MustCompile("^[^\\s\"'`]+")
)

// secrets returns the values of a part's items that detectors found to be secrets, and
// those that are written as such.
func (x *inspection) secrets(part string, items []string) []string {
	var out []string
	for _, f := range x.found.list {
		if f.Category != Secret || f.Path != part || f.Line < 1 || f.Line > len(items) {
			continue
		}
		at := f.Offset
		for _, s := range items[:f.Line-1] {
			at -= int64(len(lineEnds.Replace(s)) + 1)
		}
		line := lineEnds.Replace(items[f.Line-1])
		if at < 0 || at >= int64(len(line)) {
			continue
		}
		value := chars.FindString(line[at:])
		if strings.HasPrefix(value, "-----BEGIN") { // the whole of it, spaces and line ends too
			value = line[at:]
		}
		if len(value) >= shownOfSecret {
			out = append(out, value)
		}
	}
	return append(out, written(items)...)
}

// unique sorts secrets, the longest first, so that none is cut by another in it.
func unique(secrets []string) []string {
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return slices.Compact(secrets)
}

// written returns the values in items that are written as secrets are and look like
// one: those of eight characters or more that are no plain word.
func written(items []string) []string {
	var out []string
	for _, s := range items {
		for _, re := range []*regexp.Regexp{named, user} {
			for _, g := range re.FindAllStringSubmatch(s, 100) {
				if v := g[2]; len(v) >= 8 && strings.Trim(v, "abcdefghijklmnopqrstuvwxyz_-./") != "" {
					out = append(out, v)
				}
			}
		}
	}
	return out
}

// hide returns items without the secrets in them, which are written as lineEnds does.
func hide(items, secrets []string) []string {
	if len(items) == 0 {
		return nil // as a decoded report has it
	}
	out := make([]string, len(items))
	for i, s := range items {
		for _, secret := range secrets {
			for _, form := range []string{secret, unescape.Replace(secret)} {
				s = strings.ReplaceAll(s, form, short(secret))
			}
		}
		s = named.ReplaceAllStringFunc(s, func(m string) string {
			g := named.FindStringSubmatch(m)
			return g[1] + short(g[2])
		})
		if i > 0 && flag.MatchString(items[i-1]) { // the next argument
			s = short(s)
		}
		out[i] = user.ReplaceAllString(s, "$1…@")
	}
	return out
}

// unescape undoes lineEnds.
var unescape = strings.NewReplacer(`\n`, "\n", `\r`, "\r")

// short is what remains of a secret: nothing of one that is short itself.
func short(secret string) string {
	switch {
	case len(secret) <= shownOfSecret+len("…") && strings.HasSuffix(secret, "…"):
		return secret // what remained already
	case len(secret) < 3*shownOfSecret:
		return "…"
	}
	return strings.ToValidUTF8(secret[:shownOfSecret], "") + "…"
}
