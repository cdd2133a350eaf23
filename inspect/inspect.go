// Package inspect turns the bytes of a blob into facts.
//
// An Inspector reads one blob once, as it streams, and returns a Report: what was
// found (findings), what was not looked at (gaps), and, for an image's config, what
// the config says. A report is a pure function of the bytes and of the rule set: it
// holds no opinion, so it stays true whatever the policy says, and it never depends
// on what a manifest claims the blob to be. The kind of a blob is taken from its
// bytes, so that a layer called a config somewhere is still read as a layer.
//
// The bytes are an attacker's. Whatever they are, Inspect ends within its limits of
// memory and time, never panics, and says in a Gap what it did not see: what could
// not be inspected is not clean. This package knows no network and no policy.
package inspect

import (
	"fmt"
	"time"

	"github.com/lazaret/lazaret/internal/oci"
)

// A SetID names a rule set: a hash of every detector's name and version, the rule
// data and the limits. It is part of a report's key: another set, another report.
type SetID string

// A Category says what kind of thing a finding is evidence of. The list is closed
// and part of the documented output of `lazaret scan`.
type Category string

// The categories. Sysdig's analysis of November 2022 names most of them.
const (
	Miner           Category = "miner"
	Secret          Category = "secret"
	Backdoor        Category = "backdoor"
	HackingTool     Category = "hacking-tool"
	ProxyAvoidance  Category = "proxy-avoidance"
	DNSHijack       Category = "dns-hijack"
	Forwarder       Category = "forwarder"
	MaliciousDomain Category = "malicious-domain"
	NewDomain       Category = "new-domain"
	DynamicDNS      Category = "dynamic-dns"
	Typosquat       Category = "typosquat"
	Malware         Category = "malware"
	Uninspectable   Category = "uninspectable"
)

// A Level grades severity and confidence. The zero value is the lowest.
type Level int

// The levels, in rising order.
const (
	Low Level = iota
	Medium
	High
	Critical // of severity only
)

var levels = [...]string{"low", "medium", "high", "critical"}

// String returns the level's name in lower case.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levels) {
		return fmt.Sprintf("level(%d)", int(l))
	}
	return levels[l]
}

// MarshalText writes the level's name; an unknown level is an error.
func (l Level) MarshalText() ([]byte, error) {
	if l < 0 || int(l) >= len(levels) {
		return nil, fmt.Errorf("inspect: no level %d", int(l))
	}
	return []byte(levels[l]), nil
}

// UnmarshalText reads a level's name; an unknown name is an error.
func (l *Level) UnmarshalText(b []byte) error {
	for i, name := range levels {
		if string(b) == name {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("inspect: no level %.40q", b)
}

// A Finding is one fact: at this place in this blob there is something that this rule describes.
type Finding struct {
	Rule       string     `json:"rule"` // e.g. "miner/stratum-launch"
	Category   Category   `json:"category"`
	Severity   Level      `json:"severity"`   // how bad it is if true
	Confidence Level      `json:"confidence"` // how surely it is what the rule says
	Layer      oci.Digest `json:"layer"`      // the blob it is in; a config's or manifest's digest for those
	Path       string     `json:"path,omitempty"`
	Line       int        `json:"line,omitempty"` // from 1; 0 where lines mean nothing
	Offset     int64      `json:"offset"`         // bytes from the start of the file
	Evidence   string     `json:"evidence"`       // what was seen, redacted, printable, at most MaxEvidence bytes
	CreatedBy  string     `json:"created_by,omitempty"`
}

// MaxEvidence bounds Finding.Evidence, in bytes.
const MaxEvidence = 200

// A Gap is something that was NOT looked at, and why: a limit, an unknown format,
// encryption, damage, time. Path is empty when it is the blob itself.
type Gap struct {
	Path string `json:"path,omitempty"`
	Why  string `json:"why"`
	// Inside is set if it is about what is packed in a file, while the file itself was read
	// as it is.
	Inside bool `json:"inside,omitempty"`
	// Mild is set if it says little of the file: what is packed in it is damaged, and what
	// could be read before that was, or it is of a form that is not read at all.
	Mild bool `json:"mild,omitempty"`
}

// A Kind says what a blob's bytes are.
type Kind string

// The kinds.
const (
	KindLayer    Kind = "layer"    // a tar archive, plain or compressed
	KindConfig   Kind = "config"   // an image config, OCI or Docker
	KindManifest Kind = "manifest" // an image manifest or an index
	KindOther    Kind = "other"    // another JSON document, or bytes of no known form: inspected as one file
)

// A Report is all that is known of one blob under one rule set.
type Report struct {
	Digest   oci.Digest   `json:"digest"`
	Set      SetID        `json:"set"`
	Kind     Kind         `json:"kind"`
	Findings []Finding    `json:"findings,omitempty"`
	Gaps     []Gap        `json:"gaps,omitempty"`
	Scripts  []Script     `json:"scripts,omitempty"` // what in a KindLayer blob runs other files
	Config   *ImageConfig `json:"config,omitempty"`  // of a KindConfig blob
	Stats    Stats        `json:"stats"`
	// Partial is set if an engine could not be asked that may answer before long: the report
	// holds for the moment, and is not one to keep.
	Partial bool `json:"partial,omitempty"`
}

// A Script is a file that runs others: a shell script, a crontab, a unit of a supervisor.
type Script struct {
	Path string `json:"path"`
	// Runs has the paths of what it runs: absolute, or with their beginning missing. One that
	// ends in a slash is a folder, of which it runs whatever lies there.
	Runs []string `json:"runs"`
}

// maxScripts bounds Report.Scripts, in bytes of paths. The rest is left out, which is a Gap:
// what those scripts start is not followed.
const maxScripts = 256 << 10

// An ImageConfig is what an image config says, as far as a verdict may want it.
type ImageConfig struct {
	Platform   oci.Platform `json:"platform"`
	Created    time.Time    `json:"created,omitzero"`
	User       string       `json:"user,omitempty"`
	Entrypoint []string     `json:"entrypoint,omitempty"`
	Cmd        []string     `json:"cmd,omitempty"`
	// History has, for each layer of the image in order, the command that made it
	// (history entries with empty_layer set are left out), shortened to MaxEvidence bytes.
	History []string `json:"history,omitempty"`
	// DiffIDs has the digest of each layer's uncompressed bytes, in order.
	DiffIDs []oci.Digest `json:"diff_ids,omitempty"`
}

// Stats counts the work.
type Stats struct {
	Files             int           `json:"files"`
	BytesCompressed   int64         `json:"bytes_compressed"`
	BytesUncompressed int64         `json:"bytes_uncompressed"`
	Elapsed           time.Duration `json:"elapsed_ns"`
}
