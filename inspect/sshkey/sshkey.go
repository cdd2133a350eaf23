// Package sshkey recognises SSH keys that were planted so that somebody can log in.
//
// It promises confidence high only for a public key that parses, in a file that sshd
// reads for a home or a system, or in a command of the image that writes it there.
// The same line in documentation, tests or a package's files is low: honest images have
// those. A key restricted to a command counts like any other. Keys that lie elsewhere
// are known only by the settings and links that point to them, which are medium, since
// one file is seen at a time.
//
// It trusts no name but that of the file: key types are read from the key itself.
package sshkey

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "3"

// maxKeys is how many keys of one file are reported.
const maxKeys = 16

// A Detector finds planted keys. Make one with New; it may be used from many goroutines.
type Detector struct {
	rules    map[string]rule
	version  string
	patterns []inspect.Pattern
}

// New makes the detector from the rules that it is built with.
func New() (*Detector, error) {
	rules, err := parse(rulesYAML)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(rulesYAML)
	// Base64 of the length and first letters of the types: "\0\0\0\x07ssh-", "\0\0\0\x0bssh-e",
	// "\0\0\0\x13ecdsa-", "\0\0\0\x1ask-ssh", "\0\0\0\"sk-ecdsa" (RFC 4253, section 6.6; RFC 8709; PROTOCOL.u2f of OpenSSH).
	keyLiterals := []string{"AAAAB3NzaC1", "AAAAC3NzaC1l", "AAAAE2VjZHNh", "AAAAGnNrLXNzaC", "AAAAInNrLWVjZHNh"}
	return &Detector{
		rules:   rules,
		version: codeVersion + "-" + hex.EncodeToString(sum[:8]),
		patterns: []inspect.Pattern{
			{ID: patternFile, Literals: []string{"authorized_keys"}, Max: 8, Only: inspect.Texts},
			{
				ID:       patternKey,
				Literals: keyLiterals,
				Regexp:   regexp.MustCompile(keyPattern),
				Before:   64, After: 4000, Max: maxKeys, Only: inspect.Texts,
				Check: func(groups [][]byte) bool { _, _, ok := parseKey(groups[0]); return ok },
			},
			{ID: patternPrinted, Literals: keyLiterals, Regexp: regexp.MustCompile(printedPattern), Before: 128, After: 4000, Max: 4, Only: inspect.Texts},
			{ID: patternSetting, Literals: []string{"AuthorizedKeysFile"}, Regexp: regexp.MustCompile(settingPattern), Before: 64, After: 256, Max: 4, Only: inspect.Texts},
			{ID: patternAsked, Literals: []string{"AuthorizedKeysCommand"}, Regexp: regexp.MustCompile(askedPattern), Before: 64, After: 256, Max: 4, Only: inspect.Texts},
		},
	}, nil
}

// The patterns' ids.
const (
	patternFile    = "file"
	patternKey     = "key"
	patternPrinted = "printed"
	patternSetting = "setting"
	patternAsked   = "asked"
)

// keyPattern is a public key and its comment, up to a quote, a redirection or the end of the line.
const keyPattern = `(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)[ \t]+AAAA(?:B3NzaC1|C3NzaC1l|E2VjZHNh|GnNrLXNzaC|InNrLWVjZHNh)[0-9A-Za-z+/]{30,}={0,3}(?:[ \t]+[A-Za-z0-9][A-Za-z0-9@._-]{0,63})?`

// printedPattern is a command that writes a key out; what stands before the key is no
// host's name, as it is in known_hosts.
const printedPattern = `\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)?(?:["'][^"'\n]{0,12}["'][ \t]+)?["']?` + keyPattern

// settingPattern is the setting of sshd_config(5) that says where keys are, in a file or as an option.
const settingPattern = `(?i)(?:^|[\r\n]|-o[ \t]{0,2}["']?)[ \t]{0,20}AuthorizedKeysFile(?:[ \t]{1,20}|[ \t]{0,2}=[ \t]{0,2})["']?([^\s"']{1,160})`

// askedPattern is the setting that says which program sshd asks for keys, in a file or as an option.
const askedPattern = `(?i)(?:^|[\r\n]|-o[ \t]{0,2}["']?)[ \t]{0,20}AuthorizedKeysCommand(?:[ \t]{1,20}|[ \t]{0,2}=[ \t]{0,2})["']?(/[^\s"']{1,160})`

// Name returns "sshkey".
func (d *Detector) Name() string { return "sshkey" }

// Version names the code and the rules.
func (d *Detector) Version() string { return d.version }

// Patterns returns what is looked for in scripts and in the parts of a config.
func (d *Detector) Patterns() []inspect.Pattern { return d.patterns }

// Wants asks for the content of what sshd reads, for the hits of what is run, and for
// the header of links where sshd would look.
func (d *Detector) Wants(f *inspect.File) inspect.Want {
	switch f.Type {
	case inspect.Document:
		return inspect.Hits
	case inspect.Symlink, inspect.Hardlink:
		if isKeysFile(f.Path) || path.Base(f.Path) == ".ssh" {
			return inspect.Header
		}
		return inspect.Nothing
	case inspect.Regular:
		if isKeysFile(f.Path) || isServerConfig(f.Path) {
			return inspect.Content
		}
		switch place.KindOf(f) {
		case place.Launch, place.Script, place.Other, place.Config:
			return inspect.Hits
		}
	}
	return inspect.Nothing
}

// Judge reports keys, one finding each, and what is odd of where they are read from.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	j := judgement{d: d, f: f, found: found}
	switch {
	case f.Type == inspect.Symlink || f.Type == inspect.Hardlink:
		j.link()
	case f.Type == inspect.Regular && isKeysFile(f.Path):
		j.keys(s)
	case f.Type == inspect.Regular && isServerConfig(f.Path):
		j.server(s.Content)
	default:
		j.commands(s)
	}
}

// isKeysFile knows the files that OpenSSH's and Dropbear's servers read keys from.
func isKeysFile(p string) bool {
	dir, base := path.Split(p)
	switch {
	case base == "authorized_keys", base == "authorized_keys2":
		return true
	case dir == "etc/ssh/authorized_keys/", dir == "etc/ssh/authorized_keys.d/", dir == "etc/ssh/authorized-keys/", dir == "etc/ssh/keys/":
		return !strings.HasPrefix(base, ".")
	}
	return dir == "etc/ssh/" && strings.HasPrefix(base, "authorized_keys")
}

// isServerConfig knows the files of sshd_config(5); usr/etc is openSUSE's.
func isServerConfig(p string) bool {
	return p == "etc/ssh/sshd_config" || p == "usr/etc/ssh/sshd_config" || p == "usr/local/etc/ssh/sshd_config" ||
		strings.HasPrefix(p, "etc/ssh/sshd_config.d/") && path.Ext(p) == ".conf"
}

// sureOfPlace says how sure it is that sshd reads a keys file: not in what packages
// ship or tests use, surely in a home or below etc, probably in a home elsewhere.
func sureOfPlace(f *inspect.File) inspect.Level {
	p := f.Path
	switch where := place.Of(f); {
	case strings.HasPrefix(p, "root/.ssh/"), strings.HasPrefix(p, "etc/"):
		return inspect.High
	case strings.HasPrefix(p, "home/") && strings.Count(p, "/") == 3 && path.Base(path.Dir(p)) == ".ssh":
		return inspect.High
	case where.Aside || where.Vendor:
		return inspect.Low
	case path.Base(path.Dir(p)) != ".ssh":
		return inspect.Low
	case strings.HasPrefix(p, "usr/lib") || strings.HasPrefix(p, "usr/share/"):
		return inspect.Medium
	}
	return inspect.High
}

// judgement is the work on one file.
type judgement struct {
	d     *Detector
	f     *inspect.File
	found func(inspect.Finding)
}

func (j judgement) add(id string, sure inspect.Level, offset int64, line int, evidence string) {
	r := j.d.rules[id]
	j.found(inspect.Finding{
		Rule: "sshkey/" + id, Category: inspect.Backdoor, Severity: r.Severity, Confidence: min(sure, r.Confidence),
		Path: j.f.Path, Offset: offset, Line: line, Evidence: redact.Text(r.What + ": " + evidence),
	})
}

// keys reads a file of the format of sshd(8): a key a line, perhaps with options before it.
func (j judgement) keys(s inspect.Seen) {
	sure := sureOfPlace(j.f)
	n, offset := 0, 0
	for i, line := range bytes.SplitAfter(s.Content, []byte("\n")) {
		if key, comment, options, ok := parseLine(line); ok {
			if n++; n > maxKeys {
				return
			}
			j.add(ruleKey, sure, int64(offset), i+1, describe(key, comment, options))
		}
		offset += len(line)
	}
}

// maxLine is the longest line that is taken for a key's: an RSA key of 16,384 bits has 2,800 characters.
const maxLine = 16 << 10

// parseLine reads a line of authorized_keys.
func parseLine(line []byte) (key ssh.PublicKey, comment string, options []string, ok bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || len(line) > maxLine || line[0] == '#' {
		return nil, "", nil, false
	}
	key, comment, options, _, err := ssh.ParseAuthorizedKey(line)
	return key, comment, options, err == nil
}

// parseKey reads what keyPattern matched.
func parseKey(match []byte) (key ssh.PublicKey, comment string, ok bool) {
	key, comment, _, ok = parseLine(match)
	return key, comment, ok
}

// describe says which key it is without repeating it: its type, its fingerprint as
// ssh-keygen -l prints it, its comment and that it is restricted, if it is.
func describe(key ssh.PublicKey, comment string, options []string) string {
	const maxComment = 40
	if comment = strings.ToValidUTF8(comment, "."); len([]rune(comment)) > maxComment {
		comment = string([]rune(comment)[:maxComment]) + "…"
	}
	out := fmt.Sprintf("%s %s %s", key.Type(), ssh.FingerprintSHA256(key), comment)
	for _, o := range options {
		switch {
		case strings.HasPrefix(strings.ToLower(o), "command="):
			out += " (restricted to a command)"
		case strings.EqualFold(o, "cert-authority"):
			out += " (an authority for certificates)"
		}
	}
	return out
}

// Rules lists what it may say.
func (d *Detector) Rules() []inspect.Rule {
	var out []inspect.Rule
	for _, r := range d.rules {
		out = append(out, inspect.Rule{ID: "sshkey/" + r.ID, Category: inspect.Backdoor, Severity: r.Severity, Confidence: r.Confidence, What: r.What, Source: "sshd(8), AUTHORIZED_KEYS FILE FORMAT; sshd_config(5)"})
	}
	slices.SortFunc(out, func(a, b inspect.Rule) int { return strings.Compare(a.ID, b.ID) })
	return out
}
