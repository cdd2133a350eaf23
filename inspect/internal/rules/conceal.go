package rules

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Lines that start something hold passwords and tokens in forms that nobody can list. So
// evidence is not what was seen without its secrets, but what of it is surely none.

// secretAfter are options whose value may be a secret however short it is.
var secretAfter = regexp.MustCompile(`(?i)^--?(?:p|k|u|a|t|pw|pwd|pass\w*|password|passwd|token|secret|key|user\w*|auth|apikey|api-key|psk|credentials?)$`)

// plain are the forms of words that are shown: short ones, words of lower case, numbers,
// addresses and hosts, with a port or not.
var plain = regexp.MustCompile(`^(?:[a-z]{1,24}(?:[_-][a-z]{1,16}){0,3}(?:\.(?:py|sh|pl|rb|txt|json|conf))?|[\d.:,/*-]{1,40}|(?:[a-z0-9-]{1,40}\.){1,5}[a-z]{2,10}(?::\d{1,5})?)$`)

// url is one, with its scheme, what stands before the host, and the host.
var url = regexp.MustCompile(`(?i)^[^\w]{0,3}([a-z][a-z0-9+.-]{1,20}://)(?:[^/@\s]{0,400}@)?([\w.\[\]:-]{1,120})`)

// filePath is an absolute path, without anything that could be base64.
var filePath = regexp.MustCompile(`^["'<>&]{0,3}(/[a-z0-9_.:-]{0,40}){1,8}["';]{0,2}$`)

// short is the length, in characters, up to which any other word is shown.
const short = 7

// conceal returns text with every word that might be a secret cut to nothing.
func conceal(text string) string {
	const longest = 2048
	var out []string
	after := false // the word before asks for a secret
	if len(text) > longest {
		text = text[:longest]
	}
	for word := range strings.FieldsSeq(text) {
		bare := strings.Trim(word, `"'()[]{},;`)
		shown := word
		switch m := url.FindStringSubmatch(word); {
		case m != nil:
			shown = m[1] + m[2]
		case after && strings.Trim(bare, "0123456789-,:") != "":
			shown = "…"
		case strings.HasPrefix(bare, "-"):
			name, value, ok := strings.Cut(bare, "=")
			if shown = name; ok {
				shown += "=" + concealed(value)
			}
			if utf8.RuneCountInString(name) > 32 {
				shown = "…"
			}
		default:
			shown = concealed(bare)
		}
		after = secretAfter.MatchString(bare)
		out = append(out, shown)
	}
	return strings.Join(out, " ")
}

// concealed is one word, as far as it is shown.
func concealed(word string) string {
	if utf8.RuneCountInString(word) <= short || plain.MatchString(word) || filePath.MatchString(word) {
		return word
	}
	if strings.ContainsAny(word, "($[") { // code
		return long.ReplaceAllStringFunc(word, func(name string) string {
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" && len(name) <= 24 {
				return name
			}
			return "…"
		})
	}
	return "…"
}

// long are the parts of code that may be a secret by their length.
var long = regexp.MustCompile(`[A-Za-z0-9+/=_.:@-]{8,}`)
