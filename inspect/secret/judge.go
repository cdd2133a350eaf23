package secret

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/place"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

// maxOfRule is how many matches of one rule in one file's content are reported.
const maxOfRule = 16

// Judge reports each secret once, by the rule that is surest of it.
func (d *Detector) Judge(f *inspect.File, s inspect.Seen, found func(inspect.Finding)) {
	var named []rule
	lower := place.Lower(f)
	for _, r := range d.candidates(lower) {
		if r.isFor(f.Path, lower) {
			named = append(named, *r)
		}
	}
	if len(s.Hits) == 0 && len(named) == 0 && len(s.Content) == 0 || anyPath(d.global, f.Path) {
		return
	}
	j := &judgement{d: d, f: f, seen: s, place: place.Of(f), best: map[string]int{}}
	for _, h := range s.Hits {
		if r, ok := d.rules[h.Pattern]; ok && !anyPath(r.allow, f.Path) {
			j.match(r, h.Groups, h.Offset, h.Line)
		}
	}
	for _, r := range named {
		switch {
		case anyPath(r.allow, f.Path):
		case r.re == nil:
			j.byName(r)
		default:
			j.content(r)
		}
	}
	if generic(f) {
		j.lines(d.generic)
	}
	for _, g := range j.out {
		found(g)
	}
}

// anyPath reports whether one of the lists says that nothing in a file of that name is a secret.
func anyPath(lists []allowlist, name string) bool {
	return slices.ContainsFunc(lists, func(a allowlist) bool { return a.path(name) })
}

// judgement is the work on one file.
type judgement struct {
	d     *Detector
	f     *inspect.File
	seen  inspect.Seen
	place place.Place
	out   []inspect.Finding
	best  map[string]int // by secret, the index in out
}

// add keeps a finding unless the same secret is known as surely by another rule.
func (j *judgement) add(secret []byte, g inspect.Finding) {
	g.Category, g.Path, g.Evidence = inspect.Secret, j.f.Path, redact.Text(g.Evidence)
	i, ok := j.best[string(secret)]
	switch {
	case !ok:
		j.best[string(secret)] = len(j.out)
		j.out = append(j.out, g)
	case g.Confidence > j.out[i].Confidence:
		j.out[i] = g
	}
}

// match makes a finding of a match at offset, on line.
func (j *judgement) match(r rule, groups [][]byte, offset int64, line int) {
	if r.check == checkKey {
		j.key(r, groups[0], offset, line)
		return
	}
	secret := r.secret(groups)
	if at := bytes.Index(groups[0], secret); at > 0 {
		offset += int64(at)
		if line > 0 {
			line += bytes.Count(groups[0][:at], []byte("\n"))
		}
	}
	sure := j.sure(r)
	if strings.HasPrefix(r.id, "github-") || r.id == "npm-access-token" {
		switch right, has := gitHubChecksum(string(secret)); {
		case has && !right:
			sure = min(sure, inspect.Medium)
		case right && !j.place.Aside && !j.place.Vendor: // also in machine code: chance makes none
			sure = max(sure, inspect.Medium)
		}
	}
	if r.id == "aws-secret-key" || r.id == "aws-access-token" {
		sure = j.pair(sure)
	}
	j.add(secret, inspect.Finding{
		Rule: "secret/" + r.id, Severity: r.severity, Confidence: sure, Offset: offset, Line: line,
		Evidence: j.d.key.Secret(secret, r.what),
	})
}

// pair raises how sure an AWS key is that has its other half in the same file.
func (j *judgement) pair(sure inspect.Level) inspect.Level {
	var id, key bool
	for _, h := range j.seen.Hits {
		id = id || h.Pattern == "aws-access-token"
		key = key || h.Pattern == "aws-secret-key"
	}
	if id && key && sure == inspect.Medium {
		return inspect.High
	}
	return sure
}

// sure says how sure a rule is in this place.
func (j *judgement) sure(r rule) inspect.Level {
	switch {
	case j.place.Aside && j.f.Type != inspect.Document, j.place.Vendor, j.place.Kind == place.Binary, !j.seen.Text && r.re != nil:
		return inspect.Low
	case r.context && len(r.files) == 0 && j.place.Kind != place.Config && j.place.Kind != place.Launch:
		return inspect.Low
	case r.id == jwtRule && (j.f.Type == inspect.Document || j.place.Kind == place.Config):
		return inspect.Medium
	case j.place.Kind == place.Prose:
		return min(r.confidence, inspect.Medium)
	}
	return r.confidence
}

// key makes a finding of a private key.
func (j *judgement) key(r rule, text []byte, offset int64, line int) {
	k, ok := readKey(text)
	if !ok {
		return
	}
	g := inspect.Finding{Rule: "secret/" + r.id, Severity: r.severity, Confidence: j.sure(r), Offset: offset, Line: line, Evidence: r.what + ": " + k.String()}
	dir, base := path.Split(j.f.Path)
	switch {
	case dir == "etc/ssh/" && strings.HasPrefix(base, "ssh_host_") && strings.HasSuffix(base, "_key"):
		g.Rule, g.Severity, g.Evidence = "secret/ssh-host-key", inspect.Medium, "key of an SSH server, the same in every copy of the image: "+k.String()
	case path.Base(dir) == ".ssh":
		g.Rule, g.Severity, g.Evidence = "secret/ssh-user-key", inspect.Critical, "key of an SSH user: "+k.String()
	}
	switch {
	case !k.sane, strings.Contains(base, "snakeoil"):
		g.Confidence = inspect.Low
	case k.encrypted:
		g.Confidence = min(g.Confidence, inspect.Medium)
	case j.place.Kind == place.Source || j.place.Kind == place.Script:
		g.Confidence = min(g.Confidence, inspect.Medium)
	}
	g.Evidence += ", " + j.d.key.Fingerprint(text)
	j.add(text, g)
}

// byName makes a finding of a file whose name says it all: a store of Java, or one of PKCS #12, which in DER
// begins as every SEQUENCE of more than 255 bytes does.
func (j *judgement) byName(r rule) {
	if r.check == checkStore {
		if !isKeystore(j.f.Head) {
			return
		}
	} else if _, length, ok := derSequence(j.f.Head); !ok || length < 128 {
		return
	}
	j.add([]byte(r.id), inspect.Finding{Rule: "secret/" + r.id, Severity: r.severity, Confidence: j.sure(r), Evidence: r.what})
}

// content runs a rule over the whole content.
func (j *judgement) content(r rule) {
	text := j.seen.Content
	if len(r.literals) > 0 && !hasKeyword(text, r.literals) {
		return
	}
	for _, at := range r.re.FindAllSubmatchIndex(text, maxOfRule) {
		groups := cut(text, at)
		if line := lineOf(text, at[0], at[1]); r.accepts(j.f.Path, line, groups, j.d.global) {
			j.match(r, groups, int64(at[0]), j.lineAt(at[0]))
		}
	}
}

// lines runs generic-api-key, a slow expression, over the lines that have one of its
// keywords and something that assigns.
func (j *judgement) lines(r rule) {
	text := j.seen.Content
	left := maxOfRule
	number := 0
	for offset := 0; offset < len(text) && left > 0; number++ {
		end := len(text)
		if i := bytes.IndexByte(text[offset:], '\n'); i >= 0 {
			end = offset + i + 1
		}
		line := text[offset:end]
		const longest = 4096 // of a minified file's lines only the beginning is read
		line = line[:min(len(line), longest)]
		if bytes.ContainsAny(line, "=:>,") && hasKeyword(line, r.literals) {
			for _, at := range r.re.FindAllSubmatchIndex(line, left) {
				groups := cut(line, at)
				if !r.accepts(j.f.Path, line, groups, j.d.global) {
					continue
				}
				left--
				n := 0
				if j.seen.Text {
					n = number + 1
				}
				j.match(r, groups, int64(offset+at[0]), n)
			}
		}
		offset = end
	}
}

// hasKeyword reports whether text has one of the words, whatever its case.
func hasKeyword(text []byte, words []string) bool {
	lower := bytes.ToLower(text)
	for _, w := range words {
		if bytes.Contains(lower, []byte(w)) {
			return true
		}
	}
	return false
}

// lineAt returns the line of an offset of the content, 0 where lines mean nothing.
func (j *judgement) lineAt(offset int) int {
	if !j.seen.Text {
		return 0
	}
	return 1 + bytes.Count(j.seen.Content[:offset], []byte("\n"))
}

// lineOf returns the lines that text[start:end] is on.
func lineOf(text []byte, start, end int) []byte {
	from := bytes.LastIndexByte(text[:start], '\n') + 1
	if i := bytes.IndexByte(text[end:], '\n'); i >= 0 {
		return text[from : end+i]
	}
	return text[from:]
}

// cut returns the groups that at points to.
func cut(text []byte, at []int) [][]byte {
	out := make([][]byte, len(at)/2)
	for i := range out {
		if at[2*i] >= 0 {
			out[i] = text[at[2*i]:at[2*i+1]]
		}
	}
	return out
}
