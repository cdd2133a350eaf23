package dnshijack

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/host"
	"github.com/lazaret/lazaret/inspect/internal/place"
)

// What a program holds apart that belongs together: an address, names, and their coded form.
var (
	lone       = regexp.MustCompile(`(?:^|["'=\s(])((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?:["'\s;),]|$)`)
	encoded    = regexp.MustCompile(`[A-Za-z0-9+/]{24,}={0,2}`)
	listed     = regexp.MustCompile(`\bfor[ \t]+\(?([A-Za-z_]\w{0,40})[ \t]+in[ \t]+([^;\n{]{3,})`)
	nullTarget = regexp.MustCompile(`(0\.0\.0\.0|127\.0\.0\.1|::1?)(?:[ \t]|\\t)+\$\{?([A-Za-z_]\w{0,40})`)
	nullBefore = regexp.MustCompile(`(0\.0\.0\.0|127\.0\.0\.1|::1?)(?:(?:[ \t]|\\t)+(?:%s|[$#]?\{\w{0,40}\}|["'\x60][ \t]*[+.,])|["'\x60][ \t]*,)`)
	laterNamed = regexp.MustCompile(`(?i)nameserver(?:[ \t]|\\t)+["']?(?:%s|\{\w{0,40}\}|\$\{?\w|["'][ \t]*[+.])`)
)

// Bounds of what is put together.
const (
	maxAddresses = 3 // a text with more says of none of them that it is the one
	leastNames   = 2 // well-known ones, bare, that are not mentioned by chance
)

// parts judges a text that writes one of the files of names, or that answers for names, and
// holds the address and the names apart: in a variable and in a list, or coded.
func (j *judgement) parts(text []byte) {
	limit := j.limit
	defer func() { j.limit = limit }()
	j.limit = min(limit, inspect.Medium)
	for _, to := range []string{"etc/hosts", `etc\hosts`, "preresolve", "addAnswer", "SpoofAction", "dnslib", "dns-packet", "twisted.names", "DNSRR", "Net::DNS::Nameserver", "rubydns", "getaddrinfo"} {
		at := bytes.Index(text, []byte(to))
		if at < 0 {
			continue
		}
		window := text[max(0, at-near):min(len(text), at+near)]
		addresses, names := j.strangersIn(window), j.bareNames(window)
		if len(addresses) > 0 && len(addresses) <= maxAddresses && len(names) >= leastNames {
			for _, n := range names {
				j.leads(n, addresses[0].String(), min(at, len(j.text)))
			}
		}
	}
	if bytes.Contains(text, []byte("etc/hosts")) {
		j.nowhere(text)
		j.nulled(text)
		j.coded(text)
	}
	if m := laterNamed.FindIndex(text); m != nil && bytes.Contains(text, []byte("resolv.conf")) {
		if addresses := j.strangersIn(text); len(addresses) == 1 {
			j.resolver(ruleResolver, "", addresses[0].String(), min(m[0], len(j.text)))
		}
	}
}

// strangersIn returns the addresses of strangers that stand alone in a text, each once.
func (j *judgement) strangersIn(text []byte) (out []netip.Addr) {
	const most = 64
	for _, m := range lone.FindAllSubmatch(text, most) {
		if a, ok := address(string(m[1])); ok && host.ForeignAddr(a) && !j.d.isResolver(a) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// bareNames returns the well-known names that stand in a text as words of their own, not
// in URLs and not in comments, each once.
func (j *judgement) bareNames(text []byte) (out []string) {
	clean := strings.NewReplacer(`\n`, " ", `\t`, " ", "`t", " ", "`n", " ")
	for line := range strings.SplitSeq(string(text), "\n") {
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "#") || strings.HasPrefix(t, "//") || strings.HasPrefix(t, "--") {
			continue
		}
		for w := range strings.FieldsFuncSeq(clean.Replace(line), func(r rune) bool { return strings.ContainsRune(" \t;\"'(){}[],", r) }) {
			w = strings.TrimSuffix(w, ".")
			if _, exact := j.d.known(w); exact && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// nowhere judges a loop over names that gives each no address.
func (j *judgement) nowhere(text []byte) {
	const most = 32
	for _, m := range nullTarget.FindAllSubmatchIndex(text, most) {
		for _, l := range listed.FindAllSubmatch(text[max(0, m[0]-near):m[0]], most) {
			if string(l[1]) != string(text[m[4]:m[5]]) {
				continue
			}
			for _, n := range j.bareNames(l[2]) {
				j.leads(n, string(text[m[2]:m[3]]), min(m[0], len(j.text)))
			}
		}
	}
}

// nulled judges a program that gives names no address which it holds in a list, however it goes
// through them.
func (j *judgement) nulled(text []byte) {
	m := nullBefore.FindSubmatchIndex(text)
	if m == nil {
		return
	}
	names := j.bareNames(text[max(0, m[0]-near):min(len(text), m[1]+near)])
	if len(names) < leastNames {
		return
	}
	for _, n := range names {
		j.leads(n, string(text[m[2]:m[3]]), min(m[0], len(j.text)))
	}
}

// coded judges lines of hosts(5) in base64.
func (j *judgement) coded(text []byte) {
	const most = 32
	for _, m := range encoded.FindAllIndex(text, most) {
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(string(text[m[0]:m[1]]), "="))
		if err == nil && bytes.IndexByte(b, '.') > 0 {
			for line := range bytes.SplitSeq(b, []byte("\n")) { // all of the same place
				j.hosts(line, min(m[0], len(j.text)))
			}
		}
	}
}

// staged reports whether a file begins as one of hosts(5) does, though nothing reads it
// by its name: it may be put in the place of one that is read.
func staged(head []byte) bool {
	if len(head) == 0 || head[0] < '0' || head[0] > '9' {
		return false
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	w := bytes.Fields(line)
	if len(w) < 2 {
		return false
	}
	_, err := netip.ParseAddr(string(w[0]))
	c := w[1][0] | 0x20
	return err == nil && 'a' <= c && c <= 'z'
}

// maxStaged is the largest file, in bytes, that is read because of how it begins.
const maxStaged = 64 << 10

// pairs reads "name=address" a line, as DNSChef's files and those of tinydns have them
// (https://cr.yp.to/djbdns/tinydns-data.html; there, a sign before the name says what it is).
func (j *judgement) pairs(separator string) {
	for line, at := range lines(j.text, "#;") {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), separator)
		if !ok {
			continue
		}
		to, _, _ := strings.Cut(rest, ":")
		if _, ok := address(strings.TrimSpace(to)); ok {
			j.leads(strings.TrimPrefix(strings.TrimLeft(strings.TrimSpace(name), "+=."), "*."), strings.TrimSpace(to), at)
		}
	}
}

// moduleOf returns the name of the source of names that a library is, if nobody knows it:
// /lib/libnss_NAME.so.2 (nsswitch.conf(5)).
func (d *data) moduleOf(p string) string {
	rest, ok := strings.CutPrefix(path.Base(p), "libnss_")
	name, _, so := strings.Cut(rest, ".so")
	if !ok || !so || slices.Contains(d.Modules, name) {
		return ""
	}
	return name
}

// module judges a source of names: one that holds well-known ones answers for them.
func (j *judgement) module() {
	for w := range bytes.FieldsFuncSeq(j.text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		if g, exact := j.d.known(string(w)); exact && bytes.IndexByte(w, '.') > 0 {
			j.add(ruleModule, inspect.High, 0, j.d.moduleOf(j.f.Path)+" knows "+string(w)+" ("+g.What+")")
			return
		}
	}
}

// told notes addresses of strangers that the image's variables hold, for the scripts that
// send questions to what a variable says.
func (j *judgement) told() {
	for line, at := range lines(j.text, "") {
		if _, value, ok := strings.Cut(line, "="); ok {
			if a, ok := address(value); ok && host.ForeignAddr(a) && !j.d.isResolver(a) {
				j.add(ruleAddress, inspect.Low, at, line)
			}
		}
	}
}

// formOfFile is formOf, and knows files by their first bytes that have no name for it.
func formOfFile(f *inspect.File) form {
	p := place.Lower(f)
	form := formOf(p)
	if form != formNone || f.Type != inspect.Regular || f.Size > maxStaged {
		return form
	}
	if k := place.KindOf(f); k != place.Launch && k != place.Script && staged(f.Head) {
		return formOtherHosts
	}
	return formNone
}
