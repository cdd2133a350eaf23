// Package name finds fault with the names of repositories: those that imitate a name
// that people trust.
//
// It promises to say nothing of official images and of publishers that it knows, and no
// more than low of an official name in another namespace, which honest publishers use
// too. What it says with medium and high confidence is that a name is one slip away from
// an official one: a letter left out, doubled, swapped with its neighbour or replaced by
// one that looks alike or lies beside it, or a separator put in. It trusts nothing but
// its own lists, which an administrator can replace; it asks nobody, and takes
// microseconds.
package name

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

//go:embed names.yaml
var namesYAML []byte

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "2"

// A List knows the names that are trusted. It is immutable and may be used from many goroutines.
type List struct {
	version    string
	official   map[string]bool
	aliases    map[string]string // to the official name
	publishers map[string]bool
	honest     map[string]bool
	officials  lexicon
	spaces     lexicon // the publishers
	skeleton   func(string) string
}

// A lexicon is words to compare others with.
type lexicon struct {
	byLength  map[int][]string
	skeletons map[string]string // to the word
}

func newLexicon(words map[string]bool, skeleton func(string) string) lexicon {
	l := lexicon{map[int][]string{}, map[string]string{}}
	for _, w := range slices.Sorted(maps.Keys(words)) {
		l.byLength[len(w)] = append(l.byLength[len(w)], w)
		l.skeletons[skeleton(w)] = w
	}
	return l
}

// Default returns the list that the program is built with.
func Default() (*List, error) { return parse(namesYAML) }

// With returns the list that the program is built with, and what r has beside it, in the
// form of Parse: all keys may be missing there.
func With(r io.Reader) (*List, error) {
	text, err := read(r)
	if err != nil {
		return nil, err
	}
	return parse(namesYAML, text)
}

// maxList bounds what Parse reads, in bytes.
const maxList = 4 << 20

// Parse reads a list: YAML with the keys official, aliases, publishers and honest, as
// names.yaml has them. Errors, with the line: no YAML, an unknown key, no official name, an alias of a
// name that is not official, a name that none can have, more than 4 MiB.
func Parse(r io.Reader) (*List, error) {
	text, err := read(r)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

func read(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return nil, fmt.Errorf("name: read the list: %w", err)
	}
	if len(text) > maxList {
		return nil, fmt.Errorf("name: the list is larger than %d bytes", maxList)
	}
	return text, nil
}

// A lists is a file of names.
type lists struct {
	Official   []word            `yaml:"official"`
	Aliases    map[string]string `yaml:"aliases"`
	Publishers []word            `yaml:"publishers"`
	Honest     []word            `yaml:"honest"`
}

// A word is one part of a repository's name.
type word string

// parts is what a part of a name may be: path-component of the distribution specification,
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-manifests
var parts = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$`)

// UnmarshalYAML refuses what no repository can be called.
func (w *word) UnmarshalYAML(n *yaml.Node) error {
	var s string
	if err := n.Decode(&s); err != nil {
		return err
	}
	if !parts.MatchString(s) {
		return fmt.Errorf("line %d: %.60q is not a part of a repository's name", n.Line, s)
	}
	*w = word(s)
	return nil
}

// parse joins lists.
func parse(texts ...[]byte) (*List, error) {
	hash := sha256.New()
	l := &List{official: map[string]bool{}, publishers: map[string]bool{}, honest: map[string]bool{}, aliases: map[string]string{}, skeleton: newSkeleton()}
	for _, text := range texts {
		var file lists
		dec := yaml.NewDecoder(bytes.NewReader(text))
		dec.KnownFields(true)
		if err := dec.Decode(&file); err != nil && err != io.EOF { // of an empty file
			return nil, fmt.Errorf("name: read the list: %w", err)
		}
		_, _ = fmt.Fprintf(hash, "%d\n%s", len(text), text)
		add(l.official, file.Official)
		add(l.publishers, file.Publishers)
		add(l.honest, file.Honest)
		maps.Copy(l.aliases, file.Aliases)
	}
	if len(l.official) == 0 {
		return nil, errors.New("name: the list has no official names")
	}
	l.version = codeVersion + "-" + hex.EncodeToString(hash.Sum(nil)[:8])
	l.officials, l.spaces = newLexicon(l.official, l.skeleton), newLexicon(l.publishers, l.skeleton)
	for alias, of := range l.aliases {
		if !l.official[of] {
			return nil, fmt.Errorf("name: %.40q is an alias of %.40q, which is not official", alias, of)
		}
	}
	return l, nil
}

func add(to map[string]bool, words []word) {
	for _, w := range words {
		to[string(w)] = true
	}
}

// Imitates returns the official image or the publisher whose name a repository's looks
// like, or has in another namespace; "" if none.
func (l *List) Imitates(repository string) string {
	of, _ := l.judge(repository)
	return of
}

// Version names the code and the list.
func (l *List) Version() string { return l.version }

// Check returns what is wrong with the name of a repository in its canonical form, such
// as library/ngnix: one finding at most. It is nil for a name without fault.
func (l *List) Check(repository string) []inspect.Finding {
	_, found := l.judge(repository)
	return found
}

// judge returns which name a repository's imitates, and the finding that says so.
func (l *List) judge(repository string) (of string, found []inspect.Finding) {
	namespace, last, ok := split(repository)
	if !ok || l.publishers[namespace] || namespace == official && l.official[last] {
		return "", nil
	}
	known := l.official[last] || l.aliases[last] != ""
	if of, how := l.imitated(namespace, l.spaces, minPublisher); how >= omitted && !l.honest[namespace] &&
		(known || last == of || strings.HasPrefix(last, of+"-") || len(of) >= sureLength || len(of) > minPublisher && how >= swapped) {
		return of, misspelt(inspect.Medium, fmt.Sprintf("the namespace %.100s looks like %s (%s)", namespace, of, how))
	}
	if l.official[last] {
		return last, []inspect.Finding{{
			Rule: "name/official-elsewhere", Category: inspect.Typosquat, Severity: inspect.Low, Confidence: inspect.Low,
			Evidence: redact.Text(fmt.Sprintf("%.100s has the name of the official image %s", repository, last)),
		}}
	}
	if known {
		return "", nil
	}
	return l.imitation(last)
}

// official is the namespace of Docker Hub's official images.
const official = "library"

// split returns the first and the last part of a repository's name.
func split(repository string) (namespace, last string, ok bool) {
	i, j := strings.IndexByte(repository, '/'), strings.LastIndexByte(repository, '/')
	if i < 0 {
		return official, repository, repository != ""
	}
	return repository[:i], repository[j+1:], i > 0 && j+1 < len(repository)
}

func misspelt(sure inspect.Level, evidence string) []inspect.Finding {
	return []inspect.Finding{{
		Rule: "name/misspelt", Category: inspect.Typosquat, Severity: inspect.High, Confidence: sure,
		Evidence: redact.Text(evidence),
	}}
}

// The shortest names that imitations are looked for of. A name of four letters has too
// many neighbours that are names of their own, so only the plainest slips count.
const (
	minOfficial  = 4
	minSure      = 5
	minPublisher = 5
	sureLength   = 7 // a publisher's name this long is hardly met by chance
)

// imitation reports that a word, which is no official name, looks like one.
func (l *List) imitation(word string) (of string, found []inspect.Finding) {
	const form = "%.100s looks like %s (%s)" // which must not be cut off
	if of, how := l.separated(word); how != none && !l.publishers[word] {
		sure := how.confidence()
		if l.honest[word] {
			sure = inspect.Low
		}
		return of, misspelt(sure, fmt.Sprintf(form, word, of, how))
	}
	if l.honest[word] || l.publishers[word] {
		return "", nil
	}
	if of, how := l.imitated(word, l.officials, minOfficial); how != none {
		return of, misspelt(how.confidence(), fmt.Sprintf(form, word, of, how))
	}
	// A part of a longer name, such as ngnix-proxy: only slips that are hardly words.
	parts := strings.FieldsFunc(word, isSeparator)
	if len(parts) < 2 || len(parts) > maxParts {
		return "", nil
	}
	for _, p := range parts {
		if len(p) < minSure || l.official[p] || l.honest[p] || l.publishers[p] || l.aliases[p] != "" {
			continue
		}
		if of, how := l.imitated(p, l.officials, minSure); how >= omitted {
			return of, misspelt(inspect.Medium, fmt.Sprintf(form, p, of, how))
		}
	}
	return "", nil
}

// maxParts is how many parts of a name are looked at.
const maxParts = 8

func isSeparator(r rune) bool { return r == '-' || r == '_' || r == '.' }

// separated looks for an official name, or another word for one, with separators put
// into it: red-is, node_js.
func (l *List) separated(word string) (of string, how slip) {
	joined := strings.NewReplacer("-", "", "_", "", ".", "").Replace(word)
	if joined == word || len(joined) < minOfficial {
		return "", none
	}
	switch {
	case l.official[joined]:
		return joined, separator
	case l.aliases[joined] != "":
		return l.aliases[joined], separator
	}
	return "", none
}

// imitated returns the word of a lexicon, of least letters, that word is one slip away
// from; the surest slip wins.
func (l *List) imitated(word string, lex lexicon, least int) (of string, how slip) {
	if len(word) < least-1 {
		return "", none
	}
	if of := lex.skeletons[l.skeleton(word)]; of != word && len(of) >= least {
		return of, confused
	}
	for n := max(least, len(word)-1); n <= len(word)+1; n++ {
		for _, o := range lex.byLength[n] {
			if h := compare(word, o); h > how {
				of, how = o, h
			}
		}
	}
	return of, how
}
