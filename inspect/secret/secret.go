// Package secret recognises credentials that were left in an image.
//
// The rules are those of gitleaks, read as data and matched by our engine, and some of
// our own: private keys whose structure is checked, and files known by their name. It
// promises confidence high only for what has a shape of its own, in a place where it
// would be used, and a right checksum where there is one; medium for values known by
// the name beside them; low in documentation, tests, examples, packages' own trees and
// machine code. A leak is a warning, so precision counts here more than elsewhere.
//
// What is found is somebody's. No more of it than its first four characters and its
// length leaves this package, with a keyed hash by which the same secret is known again.
//
// Rules of gitleaks that are for some files only, and generic-api-key, whose keywords
// are in every file, run on the content of those files alone: settings, and the parts of
// an image's config. Of gitleaks' global allowlist the paths hold too: nothing is reported of
// node_modules, Python's library, lock files, images and fonts. Nothing is decoded
// before it is searched, and gitleaks' "gitleaks:allow" comments are not honoured: they
// are the author's word.
package secret

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	gitleaks "github.com/zricethezav/gitleaks/v8/config"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "3"

// genericRule is gitleaks' rule for any value beside a name like "key".
const genericRule = "generic-api-key"

// jwtRule is gitleaks' rule for JSON web tokens.
const jwtRule = "jwt"

// A Detector finds credentials. Make one with New; it may be used from many goroutines.
type Detector struct {
	version  string
	key      redact.Key
	all      []rule
	rules    map[string]rule // those that are looked for in every file
	named    []rule          // those for some files
	byEnding map[string][]*rule
	generic  rule
	global   []allowlist
	patterns []inspect.Pattern
}

// New makes the detector from gitleaks' rules and the ones that it is built with. The
// key, if there is one, is that of the fingerprints in its evidence: see redact.NewKey.
// It is part of the detector's version, for other fingerprints are other reports.
func New(key []byte) (*Detector, error) {
	g, err := parseGitleaks(gitleaks.DefaultConfig)
	if err != nil {
		return nil, err
	}
	own, err := parseData(rulesYAML)
	if err != nil {
		return nil, err
	}
	rules, global, err := newRules(g, own)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(gitleaks.DefaultConfig + "\x00" + string(rulesYAML)))
	k := redact.NewKey(key)
	d := &Detector{version: codeVersion + "-" + hex.EncodeToString(sum[:8]) + "-" + k.Version(), key: k, all: rules, rules: map[string]rule{}, global: global}
	for _, r := range rules {
		switch {
		case r.id == genericRule:
			d.generic = r
		case len(r.files) > 0:
			d.named = append(d.named, r)
		default:
			d.rules[r.id] = r
			d.patterns = append(d.patterns, d.pattern(r))
		}
	}
	d.byEnding = byEnding(d.named)
	return d, nil
}

func (d *Detector) pattern(r rule) inspect.Pattern {
	return inspect.Pattern{
		ID: r.id, Literals: r.literals, Regexp: r.re, Before: r.before, After: r.after,
		Check: func(groups [][]byte) bool {
			if r.check == checkKey {
				_, ok := readKey(groups[0])
				return ok
			}
			return r.accepts("", nil, groups, d.global)
		},
	}
}

// Name returns "secret".
func (d *Detector) Name() string { return "secret" }

// Version names the code and the rules of both sources.
func (d *Detector) Version() string { return d.version }

// Rules lists what it may say.
func (d *Detector) Rules() []inspect.Rule {
	out := []inspect.Rule{
		{ID: "secret/ssh-host-key", Category: inspect.Secret, Severity: inspect.Medium, Confidence: inspect.High, What: "key of an SSH server, the same in every copy of the image", Source: "sshd(8), FILES"},
		{ID: "secret/ssh-user-key", Category: inspect.Secret, Severity: inspect.Critical, Confidence: inspect.High, What: "key of an SSH user", Source: "ssh(1), FILES"},
	}
	for _, r := range d.all {
		if r.id == jwtRule {
			r.confidence = inspect.Medium // of settings; see sure
		}
		out = append(out, inspect.Rule{ID: "secret/" + r.id, Category: inspect.Secret, Severity: r.severity, Confidence: r.confidence, What: r.what, Source: r.source})
	}
	return out
}

// Patterns returns the rules that are looked for in every file.
func (d *Detector) Patterns() []inspect.Pattern { return d.patterns }

// Wants asks for the hits of files that may hold secrets, and for the content of those
// that a rule is about.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	if f.Type != inspect.Regular && f.Type != inspect.Document || packed(f.Head) {
		return inspect.Nothing
	}
	if generic(f) {
		return inspect.Hits | inspect.Content
	}
	want := inspect.Hits
	lower := place.Lower(f)
	for _, r := range d.candidates(lower) {
		switch {
		case !r.isFor(f.Path, lower):
		case r.re != nil:
			return inspect.Hits | inspect.Content
		default: // the name says it all
			want |= inspect.Header
		}
	}
	return want
}

// generic reports whether generic-api-key is tried on a file: settings and documents,
// but nobody's tests, examples or packages.
func generic(f *inspect.File) bool {
	return f.Type == inspect.Document || place.KindOf(f) == place.Config && !place.Apart(f)
}

// packed knows files whose bytes are compressed, so that no pattern can be in them but
// by chance: gzip, zstd, xz, bzip2, zip, PNG, JPEG. GIF has no unprintable magic and is not among them.
func packed(head []byte) bool {
	if len(head) == 0 || strings.IndexByte("\x1f\x28\xfdBP\x89\xff", head[0]) < 0 {
		return false // most files are told by their first byte
	}
	return slices.ContainsFunc([]string{"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xfd7zXZ\x00", "BZh", "PK\x03\x04", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff"}, func(magic string) bool {
		return bytes.HasPrefix(head, []byte(magic)) && (magic != "BZh" || len(head) > 10 && bytes.Equal(head[4:10], []byte("1AY&SY")))
	})
}
