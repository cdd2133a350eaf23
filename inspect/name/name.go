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
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/inspect/internal/redact"
)

//go:embed names.yaml
var namesYAML []byte

// codeVersion changes with every change of this package's code that changes findings.
const codeVersion = "1"

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

func newLexicon(words []string, skeleton func(string) string) lexicon {
	l := lexicon{map[int][]string{}, map[string]string{}}
	for _, w := range words {
		l.byLength[len(w)] = append(l.byLength[len(w)], w)
		l.skeletons[skeleton(w)] = w
	}
	return l
}

// Default returns the list that the program is built with.
func Default() (*List, error) { return Parse(bytes.NewReader(namesYAML)) }

// maxList bounds what Parse reads, in bytes.
const maxList = 4 << 20

// Parse reads a list: YAML with the keys official, aliases, publishers and honest, as
// names.yaml has them. Errors: no YAML, an unknown key, no official name, an alias of a
// name that is not official, more than 4 MiB.
func Parse(r io.Reader) (*List, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxList+1))
	if err != nil {
		return nil, fmt.Errorf("name: read the list: %w", err)
	}
	if len(text) > maxList {
		return nil, fmt.Errorf("name: the list is larger than %d bytes", maxList)
	}
	var file struct {
		Official   []string          `yaml:"official"`
		Aliases    map[string]string `yaml:"aliases"`
		Publishers []string          `yaml:"publishers"`
		Honest     []string          `yaml:"honest"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("name: read the list: %w", err)
	}
	if len(file.Official) == 0 {
		return nil, errors.New("name: the list has no official names")
	}
	sum := sha256.Sum256(text)
	l := &List{
		version:  codeVersion + "-" + hex.EncodeToString(sum[:8]),
		official: set(file.Official), publishers: set(file.Publishers), honest: set(file.Honest), aliases: file.Aliases,
		skeleton: newSkeleton(),
	}
	l.officials, l.spaces = newLexicon(file.Official, l.skeleton), newLexicon(file.Publishers, l.skeleton)
	for alias, of := range file.Aliases {
		if !l.official[of] {
			return nil, fmt.Errorf("name: %.40q is an alias of %.40q, which is not official", alias, of)
		}
	}
	return l, nil
}

func set(words []string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// Version names the code and the list.
func (l *List) Version() string { return l.version }

// Check returns what is wrong with the name of a repository in its canonical form, such
// as library/ngnix: one finding at most. It is nil for a name without fault.
func (l *List) Check(repository string) []inspect.Finding {
	namespace, last, ok := split(repository)
	if !ok || l.publishers[namespace] || namespace == official && l.official[last] {
		return nil
	}
	known := l.official[last] || l.aliases[last] != ""
	if of, how := l.imitated(namespace, l.spaces, minPublisher); how >= omitted && !l.honest[namespace] && (known || last == of || len(of) >= sureLength) {
		return misspelt(inspect.Medium, fmt.Sprintf("the namespace %s looks like %s (%s)", namespace, of, how))
	}
	if l.official[last] {
		return []inspect.Finding{{
			Rule: "name/official-elsewhere", Category: inspect.Typosquat, Severity: inspect.Low, Confidence: inspect.Low,
			Evidence: redact.Text(fmt.Sprintf("%s has the name of the official image %s", repository, last)),
		}}
	}
	if known {
		return nil
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
func (l *List) imitation(word string) []inspect.Finding {
	const form = "%s looks like %s (%s)"
	if l.honest[word] || l.publishers[word] {
		return nil
	}
	if of, how := l.separated(word); how != none {
		return misspelt(how.confidence(), fmt.Sprintf(form, word, of, how))
	}
	if of, how := l.imitated(word, l.officials, minOfficial); how != none {
		return misspelt(how.confidence(), fmt.Sprintf(form, word, of, how))
	}
	// A part of a longer name, such as ngnix-proxy: only slips that are hardly words.
	parts := strings.FieldsFunc(word, isSeparator)
	if len(parts) < 2 || len(parts) > maxParts {
		return nil
	}
	for _, p := range parts {
		if len(p) < minSure || l.official[p] || l.honest[p] || l.publishers[p] || l.aliases[p] != "" {
			continue
		}
		if of, how := l.imitated(p, l.officials, minSure); how >= omitted {
			return misspelt(inspect.Medium, fmt.Sprintf(form, p, of, how))
		}
	}
	return nil
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
